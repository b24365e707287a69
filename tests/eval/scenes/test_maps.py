"""FG-ARI and mIoU of slot maps: values by hand, the cited formulas written slowly, and what must not change them."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eval.scenes import fg_ari as of_ari
from eval.scenes import miou as of_miou
from eval.scenes.fg_ari import fg_ari
from eval.scenes.miou import miou
from eval.scenes.predictions import read_scene_predictions

SHAPE = (3, 4, 4)  # time, y, x
MAPS = st.tuples(
    arrays(np.uint8, SHAPE, elements=st.integers(0, 4)), arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
)

# Two frames of two by four pixels, two objects that swap their places.
TRUTH = np.array([[[1, 1, 2, 2], [0, 0, 0, 0]], [[2, 2, 1, 1], [0, 0, 0, 0]]], np.uint8)


def values(slot_map, segmentation=TRUTH, skip_first=0, background=False):
    found = fg_ari([slot_map], [segmentation], skip_first=skip_first)
    found |= miou([slot_map], [segmentation], skip_first=skip_first, background=background)
    return {name: e.value for name, e in found.items()}


def ari_of_savi(slot_map, segmentation):
    """FG-ARI as the formula of SAVi's metric has it: one-hot labels, the background's column left out, all frames."""
    true = (segmentation.ravel()[:, None] == np.arange(segmentation.max() + 1))[:, 1:].astype(float)
    drawn = (slot_map.ravel()[:, None] == np.arange(slot_map.max() + 1)).astype(float)
    shared = true.T @ drawn
    a, b, n = shared.sum(1), shared.sum(0), shared.sum()
    index, first, second = ((c * (c - 1)).sum() for c in (shared, a, b))
    expected, most = first * second / max(n * (n - 1), 1), (first + second) / 2
    return 1.0 if most == expected else (index - expected) / (most - expected)


def iou_of_videosaur(slot_map, segmentation):
    """Video mIoU with Hungarian matching, all assignments tried: their mean over the objects that are there."""

    def best(objects, slots):
        if not objects:
            return 0.0
        mask, rest = segmentation == objects[0], objects[1:]
        ious = [((slot_map == s) & mask).sum() / ((slot_map == s) | mask).sum() for s in slots]
        with_slot = [iou + best(rest, slots[:k] + slots[k + 1 :]) for k, iou in enumerate(ious)]
        return max([best(rest, slots), *with_slot])

    objects = [k for k in np.unique(segmentation).tolist() if k]
    return best(objects, np.unique(slot_map).tolist()) / len(objects)


def test_a_perfect_map_scores_1_whatever_the_order_of_the_slots():
    for names in ([0, 1, 2], [2, 0, 1], [7, 254, 3]):
        drawn = np.array(names, np.uint8)[TRUTH]
        assert values(drawn) == {"fg_ari": 1, "fg_ari_frame": 1, "miou": 1, "miou_frame": 1}
        assert values(drawn, background=True)["miou"] == 1


def test_slots_that_keep_places_and_lose_objects():
    places = np.tile(np.array([[1, 1, 2, 2], [0, 0, 0, 0]], np.uint8), (2, 1, 1))
    found = values(places)
    assert (found["fg_ari_frame"], found["miou_frame"]) == (1, 1)
    # as one video each slot has half of each object: of 28 pairs 12 and 12 are together, 4 in both
    assert found["fg_ari"] == pytest.approx((4 - 144 / 28) / (12 - 144 / 28))
    assert found["miou"] == pytest.approx(2 / 6)


def test_the_background_changes_fg_ari_never_and_miou_where_slots_bleed():
    bleeding = TRUTH.copy()
    bleeding[:, 1] = np.array([1, 1, 2, 2])  # each slot draws as much floor as object
    found = values(bleeding)
    assert (found["fg_ari"], found["fg_ari_frame"]) == (1, 1)
    assert found["miou"] == pytest.approx(4 / 8)
    split = TRUTH.copy()
    split[:, 1] = np.array([0, 5, 6, 7])  # floor shared out among slots that have no object
    assert values(split)["miou"] == 1
    # with the background as an object, its 8 pixels have a slot that draws 2 of them
    assert values(split, background=True)["miou"] == pytest.approx((1 + 1 + 2 / 8) / 3)


def test_one_slot_for_everything():
    one = np.zeros_like(TRUTH)
    found = values(one)
    assert (found["fg_ari"], found["fg_ari_frame"]) == (0, 0)
    assert found["miou"] == pytest.approx((4 / 16) / 2)  # more objects than slots: the other one counts 0


def test_the_first_frames_can_be_left_out():
    spoilt = TRUTH.copy()
    spoilt[0] = 0
    assert values(spoilt)["miou"] < 1
    assert values(spoilt, skip_first=1) == {"fg_ari": 1, "fg_ari_frame": 1, "miou": 1, "miou_frame": 1}


def test_absent_objects_and_lonely_ones():
    lonely = np.where(TRUTH == 2, 0, TRUTH)
    assert np.isnan(values(lonely, lonely)["fg_ari"])  # nothing to keep apart
    assert values(lonely, lonely)["miou"] == 1
    far = np.where(TRUTH == 2, 9, TRUTH)  # objects 2 to 8 are in other episodes alone
    assert values(TRUTH, far) == {"fg_ari": 1, "fg_ari_frame": 1, "miou": 1, "miou_frame": 1}
    gone = TRUTH.copy()
    gone[1] = np.where(gone[1] == 2, 0, gone[1])  # one leaves: its frame isn't scored by FG-ARI, the video is
    found = fg_ari([gone], [gone])
    assert (found["fg_ari"].n, found["fg_ari_frame"].n) == (1, 1)
    empty = np.zeros_like(TRUTH)
    assert (miou([empty, TRUTH], [empty, TRUTH])["miou"].n, miou([empty], [empty])["miou"].n) == (1, 0)


def test_means_are_over_episodes_and_over_frames():
    half = TRUTH.copy()
    half[0] = 0
    frames = [of_miou.of_pixels(drawn, true) for drawn, true in zip(half, TRUTH, strict=True)]
    found = miou([half, TRUTH], [TRUTH, TRUTH])
    assert found["miou_frame"].value == pytest.approx((sum(frames) + 2) / 4)
    assert found["miou_frame"].n == 4
    assert found["miou"].value == pytest.approx((of_miou.of_pixels(half, TRUTH) + 1) / 2)
    assert found["miou"].low <= found["miou"].value <= found["miou"].high


@given(MAPS)
@settings(max_examples=50)
def test_they_are_the_published_formulas(maps):
    slot_map, segmentation = maps
    if len(set(segmentation.ravel().tolist()) - {0}) >= 2:
        assert of_ari.of_pixels(slot_map, segmentation) == pytest.approx(ari_of_savi(slot_map, segmentation))
    if segmentation.any():
        assert of_miou.of_pixels(slot_map, segmentation) == pytest.approx(iou_of_videosaur(slot_map, segmentation))


@given(MAPS, st.permutations(range(5)), st.permutations(range(1, 4)))
@settings(max_examples=50)
def test_names_of_slots_and_objects_change_nothing_and_scores_keep_their_bounds(maps, slots, objects):
    slot_map, segmentation = maps
    other = np.array(slots, np.uint8)[slot_map], np.array([0, *objects], np.uint8)[segmentation]
    for score, low in ((of_ari.of_pixels, -0.5), (of_miou.of_pixels, 0)):
        value = score(slot_map, segmentation)
        assert value == pytest.approx(score(*other), nan_ok=True)
        assert np.isnan(value) or low <= value <= 1 + 1e-12


@pytest.mark.parametrize(
    ("slot_maps", "segmentations", "options", "complaint"),
    [
        ([], [], {}, "no episodes"),
        ([TRUTH], [], {}, "not as many"),
        ([TRUTH[0]], [TRUTH[0]], {}, r"must be \(time, y, x\)"),
        ([TRUTH], [TRUTH[:1]], {}, "same frames"),
        ([TRUTH], [TRUTH], {"skip_first": 2}, "leave at least one"),
        ([TRUTH], [TRUTH], {"skip_first": -1}, "leave at least one"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_line(slot_maps, segmentations, options, complaint):
    for metric in (fg_ari, miou):
        with pytest.raises(ValueError, match=complaint) as error:
            metric(slot_maps, segmentations, **options)
        assert "\n" not in str(error.value)


def test_the_page_on_metrics_prints_what_it_says_and_writes_predictions(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "scene-metrics.md").read_text("utf-8")
    code, said, written = re.findall(r"^```(?:python|text)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    names = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, names)
        exec(written, names)
    assert out.getvalue() == said
    found = read_scene_predictions("predictions")
    assert (found.model_name, found.slot_map.shape) == ("one slot", (4, 24, 64, 64))

"""A whole predictions store scored: what is in it, against the data it names, with baselines beside it."""

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from eval.predictions import PredictionsError
from eval.scenes.fg_ari import fg_ari
from eval.scenes.predictions import ScenePredictions
from eval.scenes.score import score_scenes
from eval.scenes.snitch import oracle

RNG = np.random.default_rng(0)
N, TIME, SIDE = 4, 3, 8


class Scenes:
    """A source of made-up scenes: two boxes, a snitch that hides after its first frame in all but the first."""

    split = "test"
    spec = SimpleNamespace(fingerprint="f" * 64)

    def __init__(self, lacks=""):
        segmentation = np.zeros((N, TIME, SIDE, SIDE), np.uint8)
        segmentation[:, :, 1:4, 1:4], segmentation[:, :, 4:7, 4:8] = 1, 2
        arrays = {
            "segmentation": segmentation,
            "depth": RNG.uniform(1, 9, segmentation.shape).astype(np.float32),
            "cell": np.array([[0, 1, 2], [3, 3, 3], [5, 5, 11], [7, 7, 35]], np.uint8),
            "snitch_visible": np.array([[1, 1, 1], [1, 0, 0], [1, 0, 0], [1, 0, 0]], np.uint8),
            "hidden_frames": np.array([0, 2, 2, 2], np.uint16),
        }
        self.arrays = {name: array for name, array in arrays.items() if name != lacks}

    def __len__(self):
        return N

    def episode(self, index):
        return SimpleNamespace(**{name: array[index] for name, array in self.arrays.items()})


SOURCE = Scenes()
INDEX = np.array([2, 0, 3])
PERFECT = ScenePredictions(
    index=INDEX,
    fingerprint="f" * 64,
    split="test",
    model_name="m",
    model_config={},
    slot_map=5 - SOURCE.arrays["segmentation"][INDEX],
    logits=oracle(SOURCE.arrays["cell"][INDEX, -1]).astype(np.float32),
    depth=SOURCE.arrays["depth"][INDEX],
)
TRUE_MAPS = SOURCE.arrays["segmentation"][INDEX]


def test_the_truth_is_perfect():
    seen = []
    scores = score_scenes(PERFECT, SOURCE, progress=lambda *done: seen.append(done))
    perfect = {"fg_ari": 1, "fg_ari_frame": 1, "miou": 1, "miou_frame": 1, "top1": 1, "top5": 1, "l1": 0}
    perfect |= {
        name + of: float(name == "delta") for name in ("mse", "rmse", "abs_rel", "delta") for of in ("", "_objects")
    }
    assert {name: e.value for name, e in scores.metrics.items()} == perfect
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert [scores.by_hidden[name]["top1"].n for name in ("0", "1-29", "30-99", "100+")] == [1, 2, 0, 0]


def test_baselines_stand_beside_it():
    found = score_scenes(PERFECT, SOURCE, train_cells=np.array([11, 11, 2])).baselines
    of_maps = {"random", "one_slot", "regions", "best_cells", "majority_cells"}
    assert set(found) == of_maps | {"last-seen", "oracle", "prior"}
    assert found["one_slot"]["fg_ari"].value == 0
    assert found["best_cells"]["fg_ari"].value > found["random"]["fg_ari"].value
    assert found["best_cells"]["miou"].value > found["random"]["miou"].value
    assert found["oracle"]["top1"].value == 1
    assert found["last-seen"]["top1"].value == pytest.approx(1 / 3)  # seen at the end in one of three
    assert found["last-seen"]["l1"].value == pytest.approx((1 + 0 + 8) / 3)
    assert found["prior"]["top1"].value == pytest.approx(1 / 3)
    assert "prior" not in score_scenes(PERFECT, SOURCE).baselines


def test_the_best_cells_are_perfect_where_objects_are_made_of_cells():
    scenes, maps = Scenes(), np.zeros((N, TIME, 16, 16), np.uint8)
    maps[:, :, 4:8, 4:8], maps[:, :, 8:12, 4:12] = 1, 2
    scenes.arrays["segmentation"] = maps
    found = score_scenes(replace(PERFECT, slot_map=maps[INDEX], logits=None, depth=None), scenes).baselines
    for name in ("best_cells", "majority_cells"):
        assert {score: e.value for score, e in found[name].items()} == {
            "fg_ari": 1, "fg_ari_frame": 1, "miou": 1, "miou_frame": 1
        }  # fmt: skip
    # a cell with one pixel of an object: its best map draws all of it, most of it is background
    scenes.arrays["segmentation"][:, :, 0, 0] = 1
    found = score_scenes(replace(PERFECT, slot_map=maps[INDEX], logits=None, depth=None), scenes).baselines
    assert found["best_cells"]["miou"].value == pytest.approx((17 / 32 + 1) / 2)
    assert found["majority_cells"]["miou"].value == pytest.approx((16 / 17 + 1) / 2)


def test_baselines_have_as_many_slots_as_the_model():
    maps = replace(PERFECT, slot_map=np.zeros_like(PERFECT.slot_map), logits=None, depth=None)
    scored = {}
    for said, slots in ((6, 6), (None, 1), ("many", 1), (10**9, 1)):
        scored[said] = score_scenes(replace(maps, model_config={"slots": said}), SOURCE)
        assert scored[said].slots == scored[said].to_json()["slots"] == slots
    assert scored[6].baselines["regions"]["fg_ari"].value > 0 == scored[None].baselines["regions"]["fg_ari"].value
    assert score_scenes(replace(PERFECT, slot_map=None), SOURCE).slots is None


def test_what_the_last_frame_tells_of_the_snitch_is_a_baseline():
    scenes = Scenes()
    position = np.zeros((N, TIME, 3, 3), np.float32)
    position[:, :, 1, :2], position[:, :, 2, :2] = (-2.5, -2.5), (2.5, 2.5)  # cells 0 and 35
    scenes.arrays |= {
        "covered_by": np.array([[-1, -1, -1], [-1, 1, 1], [-1, 1, 1], [-1, 2, 2]], np.int16),
        "position": position,
        "shape": np.tile(np.array([0, 1, 1], np.uint8), (N, 1)),
        "size": np.tile(np.array([0.3, 0.5, 0.5], np.float32), (N, 1)),
    }
    logits = replace(PERFECT, slot_map=None, depth=None)
    found = score_scenes(logits, scenes, shapes=["snitch", "cone"]).baselines["last-frame"]
    assert found["top1"].value == pytest.approx((0 + 1 + 1 / 2) / 3)  # of episodes 2, 0 and 3
    for shapes in ((), ("snitch", "box")):
        assert "last-frame" not in score_scenes(logits, scenes, shapes=shapes).baselines


def test_only_what_is_predicted_is_scored():
    maps = replace(PERFECT, logits=None, depth=None)
    scores = score_scenes(maps, Scenes(lacks="cell"))
    assert set(scores.metrics) == {"fg_ari", "fg_ari_frame", "miou", "miou_frame"}
    assert not scores.by_hidden
    text = json.dumps(scores.to_json(), allow_nan=False)
    assert json.loads(text)["metrics"]["miou"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 3}


def test_a_snitch_of_which_is_not_said_when_it_is_seen_is_scored_without():
    logits = replace(PERFECT, slot_map=None, depth=None)
    scores = score_scenes(logits, Scenes(lacks="hidden_frames"))
    assert (set(scores.baselines), scores.by_hidden) == ({"oracle", "last-seen"}, {})
    scores = score_scenes(logits, Scenes(lacks="snitch_visible"))
    assert (set(scores.baselines), len(scores.by_hidden)) == ({"oracle"}, 4)
    assert scores.metrics["top1"].value == 1


def test_first_frames_and_what_is_too_far_are_left_out():
    spoilt = PERFECT.slot_map.copy()
    spoilt[:, 0] = RNG.integers(6, size=spoilt[:, 0].shape)
    maps = replace(PERFECT, slot_map=spoilt, logits=None, depth=None)
    found = score_scenes(maps, SOURCE).metrics
    assert found.items() >= fg_ari(spoilt, TRUE_MAPS).items()
    assert found["fg_ari"].value < 1
    assert score_scenes(maps, SOURCE, skip_first=1).metrics["fg_ari"].value == 1
    depth = np.where(PERFECT.depth < 5, PERFECT.depth, 0)
    far = replace(PERFECT, slot_map=None, logits=None, depth=depth)
    assert score_scenes(far, SOURCE).metrics["mse"].value > 0
    assert score_scenes(far, SOURCE, farthest=5).metrics["mse"].value == 0


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"fingerprint": "0" * 64}, "of other data"),
        ({"split": "val"}, "of the val split"),
        ({"index": np.array([0, 1, 4])}, "name episode 4, and the data has 4 test episodes"),
        ({"slot_map": PERFECT.slot_map[..., :4]}, "same frames"),
        ({"depth": PERFECT.depth[:, :2]}, "every pixel"),
    ],
)
def test_predictions_of_other_data_are_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        score_scenes(replace(PERFECT, **changes), SOURCE)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("lacks", ["segmentation", "cell", "depth"])
def test_data_that_lacks_what_is_predicted_is_refused(lacks):
    with pytest.raises(PredictionsError, match=f"has no {lacks}"):
        score_scenes(PERFECT, Scenes(lacks))


def test_importing_loads_nothing_heavy():
    heavy = ("torch", "scipy", "zarr", "numba", "pydantic", "mujoco", "pymunk")
    modules = ["score", "predictions", "probes", "heads", "depth", "snitch", "miou", "fg_ari", "match"]
    code = (
        f"import sys, {', '.join(f'eval.scenes.{m}' for m in modules)}; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_depth_is_scored_over_objects_too_and_beside_a_mean_that_never_looks():
    shape = SOURCE.arrays["depth"].shape
    mean = np.full(shape[2:], 5.0)
    found = score_scenes(replace(PERFECT, slot_map=None, logits=None), SOURCE, train_depth=mean)
    truth, objects = SOURCE.arrays["depth"][INDEX].astype(float), SOURCE.arrays["segmentation"][INDEX] > 0
    assert found.metrics["mse_objects"].value == 0
    assert found.metrics["mse_objects"].n == objects.sum()
    assert found.baselines["mean"]["mse"].value == pytest.approx(np.square(truth - 5).mean())
    assert found.baselines["mean"]["mse_objects"].value == pytest.approx(np.square(truth - 5)[objects].mean())

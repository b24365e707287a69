"""CATER: small videos, lists and scenes in its format become episodes like those of our snitch."""

import json

import numpy as np
import pytest

from generators.imports.cater import cater, splits
from generators.imports.description import DIMENSIONS
from tests.generators.imports.encode import movie

T = 13  # frames, as a scene tells of them


def thing(name, shape, places, size=0.5, color="red", material="rubber"):
    locations = {str(t): list(place) for t, place in enumerate(places)}
    return {
        "instance": name,
        "shape": shape,
        "sized": size,
        "color": color,
        "material": material,
        "locations": locations,
    }


def scene():
    """A cone comes over the snitch (2 to 4), carries it (5 to 7), a larger one over both (8 to 9), which goes (11)."""
    still = [(-2.5, 1.5, 0.5)] * 5
    carried = [*still, *[(-2.5 + step, 1.5, 0.5) for step in (1, 2, 3)], *[(0.5, 1.5, 0.5)] * 5]
    objects = [
        thing("Cone_0", "cone", carried, 0.75, "blue"),
        thing("Spl_0", "spl", carried, 0.3, "gold", "metal"),
        thing("Cone_1", "cone", [(2, 2, 1)] * T, 0.9),
    ]
    movements = {
        "Spl_0": [["_slide", None, 5, 7]],
        "Cone_0": [["_contain", "Spl_0", 2, 4], ["_slide", None, 5, 7]],
        "Cone_1": [["_pick_place", None, 0, 2], ["_contain", "Cone_0", 8, 9], ["_pick_place", None, 11, 12]],
    }
    return {"image_filename": "CLEVR_new_000001.avi", "objects": objects, "movements": movements}


LABEL = 4 * 6 + 3  # y = 1.5 is row 4, x = 0.5 column 3


def video(count=T, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 12, 16, 3)).astype(np.uint8)


def write(root, *, count=T, told=None, label=LABEL, lists=("train_subsetT", "train", "train_subsetV", "val")):
    for name in ("videos", "scenes", "lists/localize"):
        (root / name).mkdir(parents=True)
    movie(root / "videos" / "CLEVR_new_000001.avi", video(count))
    (root / "scenes" / "CLEVR_new_000001.json").write_text(json.dumps(told or scene()))
    for name in lists:
        (root / "lists" / "localize" / f"{name}.txt").write_text(f"CLEVR_new_000001.avi {label}\n")
    return root


def only(root, split="test", **options):
    return next(iter(cater(root, split, size=12, **options).episodes()))


def test_an_episode_is_what_video_and_scene_say(tmp_path):
    found = only(write(tmp_path))
    assert found.keys() <= DIMENSIONS.keys()
    assert found["rgb"].shape == (T, 12, 12, 3)
    small = next(iter(cater(tmp_path, "test", size=4).episodes()))["rgb"]
    assert np.abs(small - video().reshape(T, 4, 3, 4, 4, 3).mean((2, 4))).max() <= 1  # Pillow rounds twice
    assert found["cell"].tolist() == [24] * 5 + [25, 26, 27] + [27] * 5
    assert found["covered_by"].tolist() == [-1] * 4 + [1] * 5 + [2] * 3 + [1]  # at 11 it still stands
    assert found["carried"].tolist() == [0] * 5 + [1] * 3 + [0] * 5
    assert found["shape"].tolist() == [0, 1, 1, *[255] * 7]
    assert found["color"].tolist() == [8, 2, 1, *[255] * 7]
    assert found["material"].tolist() == [1, 0, 0, *[255] * 7]
    np.testing.assert_allclose(found["size"], [0.3, 0.75, 0.9, *[0] * 7], rtol=1e-6)
    assert found["position"].shape == (T, 10, 3)
    assert found["position"][6, 0].tolist() == [-0.5, 1.5, 0.5]
    dtypes = {"cell": np.uint8, "covered_by": np.int16, "carried": np.uint8, "position": np.float32, "size": np.float32}
    assert all(found[name].dtype == dtype for name, dtype in dtypes.items())


def test_a_video_may_lack_the_first_frame_of_its_scene(tmp_path):
    found = only(write(tmp_path, count=T - 1))
    assert found["cell"].tolist() == [24] * 4 + [25, 26, 27] + [27] * 5
    assert found["covered_by"].tolist() == [-1] * 3 + [1] * 5 + [2] * 3 + [1]


def test_frames_are_evenly_spaced_and_end_with_the_last(tmp_path):
    whole, found = only(write(tmp_path)), only(tmp_path, frames=4)
    np.testing.assert_array_equal(found["rgb"], whole["rgb"][[3, 6, 9, 12]])
    assert found["cell"].tolist() == [24, 26, 27, 27]
    assert found["covered_by"].tolist() == [-1, 1, 2, 1]
    assert found["carried"].tolist() == [0, 1, 1, 0]  # between two of them


def test_a_snitch_that_was_carried_and_is_uncovered_again_is_not_carried(tmp_path):
    told = scene()
    told["movements"]["Cone_0"].append(["_pick_place", None, 8, 9])
    told["movements"].pop("Cone_1")
    found = only(write(tmp_path, told=told), frames=4)
    assert found["covered_by"].tolist() == [-1, 1, -1, -1]
    assert found["carried"].tolist() == [0, 1, 0, 0]


def test_a_place_beside_the_edge_of_a_cell_is_in_the_cell_of_the_label(tmp_path):
    told = scene()
    told["objects"][1]["locations"]["12"][0] = 1 - 1e-12  # in single precision it would be in the next cell
    assert only(write(tmp_path, told=told))["cell"][-1] == LABEL


def test_without_scenes_the_last_cell_alone_is_known(tmp_path):
    write(tmp_path, label=35)
    (tmp_path / "scenes" / "CLEVR_new_000001.json").unlink()
    (tmp_path / "scenes").rmdir()
    found = only(tmp_path)
    assert found.keys() == {"rgb", "cell"}
    assert found["cell"].tolist() == [255] * (T - 1) + [35]


def test_train_is_divided_as_they_divide_it_and_val_is_the_test(tmp_path):
    root = write(tmp_path / "whole")
    (root / "lists/localize/train_subsetT.txt").write_text(f"output/images/CLEVR_new_000001.avi {LABEL}\n" * 2)
    assert splits(root) == ("train", "val", "test")
    assert [cater(root, split).count for split in splits(root)] == [2, 1, 1]
    assert len(list(cater(root, "train", limit=1).episodes())) == 1
    bare = write(tmp_path / "bare", lists=("train", "val"))
    assert splits(bare) == ("train", "test")
    with pytest.raises(ValueError, match=r"has no train_subsetV.txt, which is our val"):
        cater(bare, "val")


def changed(**values):
    return scene() | values


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"label": 36}, r"test.*|line 1 is 'CLEVR_new_000001.avi 36'; it should be a video and a class from 0 to 35"),
        ({"label": "3,4"}, "it should be a video and a class from 0 to 35"),
        ({"label": 3}, "its snitch ends in cell 27; the list says 3"),
        ({"count": T - 2}, "it tells of 13 frames; the video has 11"),
        ({"told": changed(objects=[])}, "it has no snitch"),
        ({"told": changed(objects=scene()["objects"][:1])}, "it has no snitch"),
        ({"told": {"objects": scene()["objects"]}}, r"not of the form that it should have \(KeyError: 'movements'\)"),
        ({"told": changed(movements={"Cone_0": [["_contain", "no one", 1, 2]]})}, "'no one' is not in list"),
        ({"told": changed(movements={"Cone_0": [[]]})}, "not of the form"),
        ({"told": [1]}, "not of the form"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(tmp_path, options, words):
    write(tmp_path, **options)
    with pytest.raises(ValueError, match=words) as failure:
        only(tmp_path)
    assert str(tmp_path) in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_missing_or_broken_file_is_named(tmp_path):
    write(tmp_path)
    (tmp_path / "scenes" / "CLEVR_new_000001.json").write_text("[" * 100_000)
    with pytest.raises(ValueError, match=r"CLEVR_new_000001.json: not of the form"):
        only(tmp_path)
    (tmp_path / "scenes" / "CLEVR_new_000001.json").unlink()
    with pytest.raises(ValueError, match=r"CLEVR_new_000001.json: can't be read \(No such file"):
        only(tmp_path)
    (tmp_path / "videos" / "CLEVR_new_000001.avi").unlink()
    with pytest.raises(ValueError, match=r"CLEVR_new_000001.avi: not a video, or a damaged one \(.*No such file"):
        only(tmp_path)
    with pytest.raises(ValueError, match="is no folder"):
        cater(tmp_path / "none", "test")


def test_an_object_without_a_known_colour_is_refused(tmp_path):
    told = scene()
    told["objects"][0]["color"] = "pink"
    with pytest.raises(ValueError, match=r"000001.json: .*not in tuple"):
        only(write(tmp_path, told=told))

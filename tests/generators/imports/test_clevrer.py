"""CLEVRER: small videos and annotations in its format become episodes like ours."""

import json

import numpy as np
import pytest

from generators.imports.clevrer import clevrer, splits
from generators.imports.description import DIMENSIONS
from tests.generators.imports.encode import movie

T = 6


def annotation(seed=0):
    rng = np.random.default_rng(seed)
    names = ("location", "orientation", "velocity", "angular_velocity")
    frames = [
        {
            "frame_id": t,
            "objects": [
                {
                    "object_id": i,
                    "inside_camera_view": bool(t >= i),
                    **{name: rng.normal(size=3).tolist() for name in names},
                }
                for i in (3, 1)  # in another order than the properties
            ],
        }
        for t in range(T + 2)  # a simulation may go on after the video
    ]
    return {
        "scene_index": 0,
        "video_filename": "video_00000.mp4",
        "object_property": [
            {"object_id": 1, "color": "cyan", "material": "metal", "shape": "cylinder"},
            {"object_id": 3, "color": "gray", "material": "rubber", "shape": "cube"},
        ],
        "motion_trajectory": frames,
        "collision": [{"object_ids": [1, 3], "frame_id": 2, "location": [0, 0, 0]}],
    }


def video(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (T, 16, 24, 3)).astype(np.uint8)


def write(root, numbers=(0,), told=(0,), **changed):
    for number in numbers:
        folder = root / "video_train" / "video_00000-01000"
        folder.mkdir(parents=True, exist_ok=True)
        movie(folder / f"video_{number:05d}.mp4", video(number), "libx264rgb", "rgb24")
    for number in told:
        folder = root / "annotation_train" / "annotation_00000-01000"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"annotation_{number:05d}.json").write_text(json.dumps(annotation(number) | changed))
    return root


def only(root, **options):
    return next(iter(clevrer(root, "train", size=8, **options).episodes()))


def test_an_episode_is_what_video_and_annotation_say(tmp_path):
    found, told = only(write(tmp_path)), annotation()
    assert found.keys() <= DIMENSIONS.keys()
    assert found["rgb"].shape == (T, 8, 8, 3)
    mean = video().reshape(T, 8, 2, 8, 3, 3).mean((2, 4))
    assert np.abs(found["rgb"] - mean).mean() < 12  # H.264 loses some
    for t in range(T):
        for ours, theirs in [("position", "location"), ("velocity", "velocity"), ("angular_velocity",) * 2]:
            second, first = (np.float32(thing[theirs]) for thing in told["motion_trajectory"][t]["objects"])
            np.testing.assert_array_equal(found[ours][t, :2], [first, second])
        assert found["in_view"][t, :2].tolist() == [t >= 1, t >= 3]
    assert found["shape"].tolist() == [2, 0, *[255] * 8]
    assert found["color"].tolist() == [6, 0, *[255] * 8]
    assert found["material"].tolist() == [1, 0, *[255] * 8]
    assert np.argwhere(found["contact"]).tolist() == [[2, 0, 1], [2, 1, 0]]


def test_frames_are_evenly_spaced_and_a_collision_counts_for_the_next_of_them(tmp_path):
    whole, found = only(write(tmp_path)), only(tmp_path, frames=3)
    np.testing.assert_array_equal(found["rgb"], whole["rgb"][[1, 3, 5]])
    np.testing.assert_array_equal(found["position"], whole["position"][[1, 3, 5]])
    assert np.argwhere(found["contact"]).tolist() == [[1, 0, 1], [1, 1, 0]]
    with pytest.raises(ValueError, match=r"video_00000.mp4: it has 6 frames, not 7"):
        only(tmp_path, frames=7)


def test_splits_go_by_number_wherever_the_files_lie(tmp_path):
    write(tmp_path, (7, 10_000, 15_000), (7, 10_000))
    assert splits(tmp_path) == ("train", "val", "test")
    assert [clevrer(tmp_path, split).count for split in splits(tmp_path)] == [1, 1, 1]
    assert next(iter(clevrer(tmp_path, "test").episodes())).keys() == {"rgb"}  # which has no annotations
    assert "position" in next(iter(clevrer(tmp_path, "val").episodes()))


def test_a_limit_takes_the_first_and_needs_no_others_annotations(tmp_path):
    write(tmp_path, (0, 1, 2), (0, 1))
    assert len(list(clevrer(tmp_path, "train", limit=2).episodes())) == 2
    with pytest.raises(ValueError, match=r"has no annotation_00002.json, and has others of train"):
        clevrer(tmp_path, "train")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"object_property": [{}]}, r"not of the form that it should have \(KeyError: 'object_id'\)"),
        ({"motion_trajectory": []}, "it tells of 0 frames; the video has 6"),
        ({"motion_trajectory": [{"frame_id": 0, "objects": [{"object_id": 9}]}] * 6}, r"KeyError: 9"),
        ({"collision": [{"object_ids": [1], "frame_id": 0}]}, "not enough values to unpack"),
        ({"collision": 3}, "not of the form"),
        ({"object_property": [{"object_id": i} for i in range(11)]}, "it has 11 objects; there is room for 10"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line_with_its_file(tmp_path, changed, words):
    write(tmp_path, **changed)
    with pytest.raises(ValueError, match=words) as failure:
        only(tmp_path)
    assert "annotation_00000.json: " in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_split_without_videos_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"has no video_15000.mp4 to video_19999.mp4, which are our test"):
        clevrer(write(tmp_path), "test")


def test_a_damaged_video_is_named(tmp_path):
    write(tmp_path)
    path = next(tmp_path.rglob("*.mp4"))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"video_00000.mp4: not a video, or a damaged one"):
        only(tmp_path)


def test_a_place_that_is_no_number_is_refused(tmp_path):
    told = annotation()
    told["motion_trajectory"][3]["objects"][0]["location"][1] = float("nan")
    with pytest.raises(ValueError, match=r"CLEVRER, train episode 0: its position isn't finite"):
        only(write(tmp_path, **told))

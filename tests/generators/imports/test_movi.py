"""MOVi: small files in the format of TFDS, written by another encoder, become episodes like ours."""

import itertools
import json
import math

import numpy as np
import pytest

from generators.imports.description import DIMENSIONS
from generators.imports.movi import DESCRIPTIONS, movi, splits
from generators.imports.tfrecord import masked_crc
from tests.generators.imports.encode import example, png, record

S, N, K = 3, 8, 2  # frames, pixels a side, objects
FOCAL, SENSOR = 35.0, 32.0


def quaternions(rng, *shape):
    q = rng.normal(size=(*shape, 4))
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def rotation(w, x, y, z):
    """The matrix of a quaternion, from its definition."""
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def truth(seed=0, k=K):
    """An episode in the words of MOVi-A: {feature's name: array}, pictures not yet encoded."""
    rng = np.random.default_rng(seed)
    segmentation = rng.integers(0, k + 1, (S, N, N)).astype(np.uint8)
    turned, half = quaternions(rng, k, S), rng.uniform(0.3, 1.4, (k, 3))
    corners = np.array(list(itertools.product((-1, 1), repeat=3)))
    position = rng.normal(size=(k, S, 3))
    boxes = np.array(
        [
            [[rotation(*turned[j, t]) @ (c * half[j]) + position[j, t] for c in corners] for t in range(S)]
            for j in range(k)
        ]
    )
    return {
        "video": rng.integers(0, 256, (S, N, N, 3)).astype(np.uint8),
        "segmentations": segmentation,
        "depth": rng.integers(0, 2**16, (S, N, N)).astype(np.uint16),
        "metadata/depth_range": np.array([2.5, 19.25]),
        "metadata/num_frames": np.array([S]),
        "camera/focal_length": np.array([FOCAL]),
        "camera/sensor_width": np.array([SENSOR]),
        "camera/positions": rng.normal(size=(S, 3)),
        "camera/quaternions": quaternions(rng, S),
        "instances/positions": position,
        "instances/quaternions": turned,
        "instances/velocities": rng.normal(size=(k, S, 3)),
        "instances/angular_velocities": rng.normal(size=(k, S, 3)),
        "instances/bboxes_3d": boxes.reshape(k, S, 8, 3),
        "instances/bbox_frames/ragged_flat_values": np.array([0, 2, 1]),
        "instances/bbox_frames/ragged_row_lengths_0": np.array([2, 1]),
        "instances/bboxes/ragged_flat_values": np.arange(12) / 16,
        "instances/bboxes/ragged_row_lengths_0": np.array([2, 1]),
        "instances/shape_label": rng.integers(0, 3, k),
        "instances/color_label": rng.integers(0, 8, k),
        "instances/material_label": rng.integers(0, 2, k),
        "instances/category": rng.integers(0, 17, k),
        "instances/color": rng.uniform(size=(k, 3)),
        "instances/visibility": rng.integers(0, 9, (k, S)),
        "events/collisions/instances": np.array([[0, 65535], [1, 0], [0, 1], [0, 1]]),
        "events/collisions/frame": np.array([1, 0, 2, S]),
        "forward_flow": rng.integers(0, 2**16, (S, N, N, 2)),  # there, and not wanted
        "half": half,  # not MOVi's: what the size should be
    }


def encoded(features, **changed):
    """The bytes of an example; `changed` features replace others, and None leaves one out."""
    features = {name: value for name, value in (features | changed).items() if value is not None and name != "half"}
    for name in ("video", "segmentations", "depth"):
        if isinstance(features.get(name), np.ndarray):
            features[name] = [png(picture) for picture in features[name]]
    return example(features)


def write(folder, examples, name="movi_a", split="train", shards=1):
    """Shards of some examples; the first are in the first."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = np.array_split(np.arange(len(examples)), shards)
    for number, part in enumerate(parts):
        path = folder / f"{name}-{split}.tfrecord-{number:05d}-of-{shards:05d}"
        path.write_bytes(b"".join(record(examples[i], masked_crc) for i in part))
    lengths = [str(len(part)) for part in parts]
    about = {"name": name, "splits": [{"name": split, "shardLengths": lengths, "numBytes": "1"}]}
    (folder / "dataset_info.json").write_text(json.dumps(about))
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Five episodes of train in two shards, as `movi_a/8x8/1.0.0`; read only."""
    root = tmp_path_factory.mktemp("tfds")
    write(root / "movi_a/8x8/1.0.0", [encoded(truth(seed)) for seed in range(5)], shards=2)
    return root


def only(folder, **options):
    return next(iter(movi(folder, "train", **options).episodes()))


def test_an_episode_is_what_the_file_says(source):
    reader = movi(source, "train")
    episodes = list(reader.episodes())
    assert (reader.count, len(episodes), splits(source)) == (5, 5, ("train",))
    for seed, found in enumerate(episodes):
        t = truth(seed)
        assert found.keys() <= DIMENSIONS.keys()
        np.testing.assert_array_equal(found["rgb"], t["video"])
        np.testing.assert_array_equal(found["segmentation"], t["segmentations"])
        for ours, theirs in [
            ("position", "positions"),
            ("velocity", "velocities"),
            ("angular_velocity", "angular_velocities"),
            ("quaternion", "quaternions"),
        ]:
            expected = t[f"instances/{theirs}"].swapaxes(0, 1).astype(np.float32)
            np.testing.assert_array_equal(found[ours][:, :K], expected)
            assert found[ours].dtype == np.float32
            assert found[ours].shape[1] == 10
            assert not found[ours][:, K:].any()
        for name in ("shape", "color", "material"):
            assert found[name].dtype == np.uint8
            assert found[name].tolist() == [*t[f"instances/{name}_label"], *[255] * 8]
        for t_ in range(S):
            counts = [(t["segmentations"][t_] == j + 1).sum() for j in range(K)]
            assert found["visibility"][t_].tolist() == [*counts, *[0] * 8]
        np.testing.assert_allclose(found["size"][:K], t["half"].max(1), rtol=1e-5)
        np.testing.assert_array_equal(found["camera_position"], t["camera/positions"].astype(np.float32))
        np.testing.assert_allclose(found["color_rgb"][:K], t["instances/color"], rtol=1e-6)


def test_depth_is_along_the_cameras_axis(source):
    """A pixel at a time: the distance from the camera's centre, times the cosine of the ray's angle."""
    t, depth = truth(), only(source)["depth"]
    assert depth.dtype == np.float32
    for frame, i, j in [(0, 0, 0), (1, 3, 4), (2, 7, 1)]:
        distance = t["depth"][frame, i, j] / 65535 * (19.25 - 2.5) + 2.5
        ray = [((j + 0.5) / N - 0.5) * SENSOR, ((i + 0.5) / N - 0.5) * SENSOR, FOCAL]
        assert depth[frame, i, j] == pytest.approx(distance * FOCAL / math.hypot(*ray), rel=1e-6)


def test_boxes_lie_at_the_frames_in_which_an_object_is_seen(source):
    box = only(source)["box"]
    assert box[0, 0].tolist() == [0, 1 / 16, 2 / 16, 3 / 16]
    assert box[2, 0].tolist() == [4 / 16, 5 / 16, 6 / 16, 7 / 16]
    assert box[1, 1].tolist() == [8 / 16, 9 / 16, 10 / 16, 11 / 16]
    assert not box[1, 0].any()
    assert not box[[0, 2], 1].any()


def test_a_collision_counts_for_the_picture_after_it_and_the_floor_for_none(source):
    """Pictures are of the simulation's frames 1, 2 and 3, so what touched between 2 and 3 counts for the last."""
    contact = only(source)["contact"]
    assert contact.dtype == np.uint8
    assert np.argwhere(contact).tolist() == [[2, 0, 1], [2, 1, 0]]


def test_pictures_are_averaged_and_maps_sampled_when_they_are_made_smaller(source):
    t, found = truth(), only(source, size=4)
    mean = t["video"].reshape(S, 4, 2, 4, 2, 3).mean((2, 4))
    assert np.abs(found["rgb"].astype(float) - mean).max() <= 1  # Pillow rounds twice
    np.testing.assert_array_equal(found["segmentation"], t["segmentations"][:, 1::2, 1::2])
    np.testing.assert_array_equal(found["depth"], only(source)["depth"][:, 1::2, 1::2])
    assert found["visibility"][:, 0].tolist() == (found["segmentation"] == 1).sum((1, 2)).tolist()


def test_frames_are_the_first_ones(source):
    whole, found = only(source), only(source, frames=2)
    for name, dimensions in DIMENSIONS.items():
        if name in found:
            np.testing.assert_array_equal(found[name], whole[name][:2] if dimensions[0] == "time" else whole[name])
    with pytest.raises(ValueError, match=r"00000-of-00002, record 0: it has 3 frames, not 4"):
        only(source, frames=4)


@pytest.mark.parametrize(("name", "has"), [("movi_b", {"shape", "material", "color_rgb"}), ("movi_e", {"category"})])
def test_each_variant_has_what_its_files_hold(tmp_path, name, has):
    lacks = {"instances/color_label": None, "instances/visibility": None}
    found = only(write(tmp_path, [encoded(truth(), **lacks)], name))
    assert found.keys() & {"shape", "color", "material", "color_rgb", "category"} == has
    assert len(found["size"]) == DESCRIPTIONS[name].most
    if "category" in has:
        assert found["category"].tolist() == [*truth()["instances/category"], *[255] * 21]


def test_an_episode_without_objects_is_one(tmp_path):
    none = {name: value[:0] for name, value in truth().items() if name.startswith(("instances", "events"))}
    shapes = {"instances/bboxes/ragged_flat_values": np.zeros((0, 4)), "segmentations": np.zeros((S, N, N), np.uint8)}
    found = only(write(tmp_path, [encoded(truth(), **(none | shapes))]))
    assert not found["visibility"].any()
    assert set(found["shape"]) == {255}


def test_a_few_episodes_need_but_the_shards_that_they_are_in(tmp_path):
    folder = write(tmp_path, [encoded(truth(seed)) for seed in range(4)], shards=4)
    (folder / "movi_a-train.tfrecord-00002-of-00004").unlink()
    assert len(list(movi(folder, "train", limit=2).episodes())) == 2
    with pytest.raises(
        ValueError, match=r"lacks shard 2 of the 4 like .*; download it, or import no more than the 2 episodes"
    ):
        movi(folder, "train")


def test_a_shard_that_is_cut_between_two_records_is_noticed_by_the_sets_own_list(tmp_path):
    folder = write(tmp_path, [encoded(truth(seed)) for seed in range(2)])
    path = folder / "movi_a-train.tfrecord-00000-of-00001"
    path.write_bytes(path.read_bytes()[: len(record(encoded(truth(0)), masked_crc))])
    with pytest.raises(ValueError, match="has 1 records, not 2; download it again"):
        movi(folder, "train")


def test_shards_of_two_divisions_and_a_list_of_another_are_refused(tmp_path):
    folder = write(tmp_path, [encoded(truth(seed)) for seed in range(2)], shards=2)
    write(folder, [encoded(truth(0))])
    with pytest.raises(ValueError, match="has train shards of 1 and of 2; keep those of one"):
        movi(folder, "train")
    (folder / "movi_a-train.tfrecord-00000-of-00001").unlink()
    with pytest.raises(ValueError, match=r"dataset_info.json: it has 1 shards of train; the files are 2"):
        movi(folder, "train")
    (folder / "dataset_info.json").write_text("{}")
    with pytest.raises(ValueError, match=r"dataset_info.json: not of the form"):
        movi(folder, "train")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"video": None}, "it has no feature 'video'"),
        ({"instances/positions": np.ones(7)}, r"'instances/positions' has 7 values, which don't make \(any, 3, 3\)"),
        ({"instances/velocities": np.ones(9)}, r"has 9 values, which don't make \(2, 3, 3\)"),
        ({"depth": truth()["depth"][:2]}, "feature 'depth' has 2 pictures, and video 3"),
        ({"depth": [b"no picture"] * 3}, "a picture can't be decoded"),
        ({"depth": truth()["segmentations"]}, "one channel of 16 bits"),
        ({"segmentations": truth()["video"]}, "one channel of 8 bits"),
        ({"segmentations": np.full((S, N, N), 9, np.uint8)}, "its segmentation has object 9, of 2"),
        ({"segmentations": np.zeros((S, 4, 4), np.uint8)}, "not alike squares"),
        ({"instances/shape_label": [0, 3]}, "has 3; there are 3 names"),
        ({"instances/color_label": [0.5, 1.5]}, "holds floats, not integers"),
        ({"instances/bbox_frames/ragged_flat_values": [0, 2, 3]}, "the frames of its boxes"),
        ({"instances/bbox_frames/ragged_row_lengths_0": [2, 2]}, "the frames of its boxes"),
        ({"events/collisions/frame": [1]}, "4 collisions at 1 frames"),
        ({"metadata/depth_range": [0.0, math.inf]}, "make no picture"),
        ({"camera/focal_length": [0.0]}, "make no picture"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_one_line_with_file_and_record(tmp_path, changed, words):
    folder = write(tmp_path, [encoded(truth(0)), encoded(truth(1), **changed)])
    with pytest.raises(ValueError, match=words) as failure:
        list(movi(folder, "train").episodes())
    assert "tfrecord-00000-of-00001, record 1: " in str(failure.value)
    assert "\n" not in str(failure.value)


def test_more_objects_than_there_is_room_for_are_refused(tmp_path):
    many = {
        "instances/bbox_frames/ragged_flat_values": [0] * 11,
        "instances/bbox_frames/ragged_row_lengths_0": [1] * 11,
    }
    many |= {"instances/bboxes/ragged_flat_values": np.ones((11, 4))}
    with pytest.raises(ValueError, match="it has 11 objects; there is room for 10"):
        only(write(tmp_path, [encoded(truth(k=11), **many)]))


def test_a_folder_without_them_or_with_several_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is no folder"):
        movi(tmp_path / "none", "train")
    with pytest.raises(ValueError, match="has no shards of MOVi-A to E"):
        movi(tmp_path, "train")
    write(tmp_path / "128x128", [encoded(truth())])
    with pytest.raises(ValueError, match="has no movi_a-validation shards; its splits: train"):
        movi(tmp_path, "val")
    with pytest.raises(ValueError, match="split 'nights' is not one of: train, val, test"):
        movi(tmp_path, "nights")
    write(tmp_path / "256x256", [encoded(truth())])
    with pytest.raises(ValueError, match="has several of them"):
        movi(tmp_path, "train")


def test_episodes_of_another_length_are_refused(tmp_path):
    t = truth(1)
    for name, value in t.items():  # one frame less
        if name in ("video", "segmentations", "depth") or (name.startswith("camera/") and value.ndim > 1):
            t[name] = value[:2]
        if name.startswith("instances/") and value.shape[1:2] == (S,) and value.ndim > 1 and "color" not in name:
            t[name] = value[:, :2]
    t["instances/bbox_frames/ragged_flat_values"] = np.array([0, 1, 1])
    with pytest.raises(ValueError, match=r"MOVi-A, train episode 1: its rgb is uint8 \(2, 8, 8, 3\), unlike the first"):
        list(movi(write(tmp_path, [encoded(truth(0)), encoded(t)]), "train").episodes())

"""The predictions store of scenes: there and back, as documented, and broken in every way."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
import zarr

from eval.predictions import PredictionsError, read_predictions, write_predictions
from eval.scenes.predictions import ARRAYS, ScenePredictions, read_scene_predictions, write_scene_predictions

RNG = np.random.default_rng(0)
WHOLE = ScenePredictions(
    index=np.array([4, 0, 9]),
    fingerprint="0123456789abcdef" * 4,
    split="test",
    model_name="savi",
    model_config={"slots": 6},
    slot_map=RNG.integers(6, size=(3, 2, 4, 5), dtype=np.uint8),
    logits=RNG.normal(size=(3, 36)).astype(np.float32),
    depth=RNG.uniform(1, 9, (3, 2, 4, 5)).astype(np.float32),
)


@pytest.fixture
def store(tmp_path):
    write_scene_predictions(tmp_path / "p", WHOLE)
    return tmp_path / "p"


def refused(path, **options):
    with pytest.raises(PredictionsError) as error:
        read_scene_predictions(path, **options)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)
    return str(error.value)


def test_there_and_back(store):
    got = read_scene_predictions(store)
    for name in ("index", *ARRAYS):
        np.testing.assert_array_equal(getattr(got, name), getattr(WHOLE, name))
        assert getattr(got, name).dtype == getattr(WHOLE, name).dtype
    assert (got.fingerprint, got.split, got.model_name) == (WHOLE.fingerprint, "test", "savi")
    assert got.model_config == {"slots": 6}
    assert os.listdir(store.parent) == ["p"]


@pytest.mark.parametrize("name", list(ARRAYS))
def test_any_one_array_is_enough(tmp_path, name):
    others = {other: None for other in ARRAYS if other != name}
    write_scene_predictions(tmp_path / "p", replace(WHOLE, **others))
    got = read_scene_predictions(tmp_path / "p")
    assert {other for other in ARRAYS if getattr(got, other) is not None} == {name}
    assert sorted(os.listdir(tmp_path / "p")) == sorted(["index", name, "zarr.json"])


def test_it_is_the_predictions_store_with_other_arrays(store, tmp_path):
    group = zarr.open_group(store, mode="r", zarr_format=3)
    assert set(dict(group.attrs)) == {"format", "format_version", "fingerprint", "split", "model"}
    assert (group.attrs["format"], group.attrs["format_version"]) == ("bcb-predictions", 1)
    for name, (dtype, dimensions, fill) in ARRAYS.items():
        assert (group[name].dtype, group[name].metadata.dimension_names) == (dtype, dimensions)
        np.testing.assert_equal(group[name].metadata.fill_value, dtype(fill))
    with pytest.raises(PredictionsError, match="of scenes, and this takes those of blinking balls"):
        read_predictions(store)
    write_predictions(
        tmp_path / "balls", np.zeros((1, 2, 2), np.uint8), np.zeros(1, int),
        fingerprint="f", split="val", model_name="m", model_config={},
    )  # fmt: skip
    assert "of blinking balls" in refused(tmp_path / "balls")


def test_with_zarr_alone_and_the_least_there_can_be(tmp_path):
    group = zarr.open_group(tmp_path / "p", mode="w", attributes={"fingerprint": "f", "split": "val"})
    group.create_array("index", data=np.zeros(1, np.int32))
    group.create_array("logits", data=np.zeros((1, 36), np.float32))
    got = read_scene_predictions(tmp_path / "p")
    assert (got.index.dtype, got.model_name, got.model_config) == (np.int64, "unnamed", {})


def test_overwrites_only_predictions_and_only_when_asked(store):
    few = replace(WHOLE, slot_map=None)
    with pytest.raises(PredictionsError, match="overwrite=True"):
        write_scene_predictions(store, few)
    assert read_scene_predictions(store).slot_map is not None
    write_scene_predictions(store, few, overwrite=True)
    assert read_scene_predictions(store).slot_map is None
    (store.parent / "precious").mkdir()
    with pytest.raises(PredictionsError, match="not a predictions store"):
        write_scene_predictions(store.parent / "precious", few, overwrite=True)
    assert sorted(os.listdir(store.parent)) == ["p", "precious"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"slot_map": None, "logits": None, "depth": None}, "nothing predicted"),
        ({"slot_map": WHOLE.slot_map.astype(int)}, "slot_map is int64"),
        ({"slot_map": WHOLE.slot_map[0]}, "give uint8"),
        ({"slot_map": np.full_like(WHOLE.slot_map, 255)}, "holds 255"),
        ({"slot_map": WHOLE.slot_map[:2]}, "3 episodes are named"),
        ({"slot_map": WHOLE.slot_map[:, :0]}, "has shape"),
        ({"logits": WHOLE.logits[:, :35]}, "36 cells"),
        ({"logits": WHOLE.logits.astype(float)}, "float64"),
        ({"logits": WHOLE.logits * np.nan}, "holds nan"),
        ({"depth": np.where(WHOLE.depth > 5, np.nan, WHOLE.depth)}, "holds nan"),
        ({"index": WHOLE.index[:, None]}, "index has shape"),
        ({"index": WHOLE.index[:0]}, "index has shape"),
        ({"index": np.array([1, 2, 1])}, "episode 1 is named more than once"),
        ({"index": -WHOLE.index}, "index holds -9"),
        ({"split": "testing"}, "train, val, test"),
        ({"model_config": {"loss": object()}}, "JSON"),
    ],
)
def test_bad_predictions_are_not_written(tmp_path, changes, complaint):
    with pytest.raises(PredictionsError, match=complaint):
        write_scene_predictions(tmp_path / "p", replace(WHOLE, **changes))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("slot_map", WHOLE.slot_map.astype(np.int16)),
        ("slot_map", WHOLE.slot_map[:2]),
        ("slot_map", WHOLE.slot_map[0]),
        ("logits", WHOLE.logits[:, :6]),
        ("depth", WHOLE.depth.astype(np.float64)),
        ("index", WHOLE.index * 1.0),
        ("index", WHOLE.index[:, None]),
        ("index", np.array([1, 1, 2])),
    ],
)
def test_wrong_arrays_of_strangers(store, name, data):
    group = zarr.open_group(store, mode="r+")
    del group[name]
    group.create_array(name, data=data)
    assert name in refused(store) or "named more than once" in refused(store)


@pytest.mark.parametrize(
    ("attribute", "value"), [("format", "bcb-store"), ("format_version", 2), ("fingerprint", None), ("model", "m")]
)
def test_wrong_attributes_of_strangers(store, attribute, value):
    document = json.loads((store / "zarr.json").read_text())
    document["attributes"][attribute] = value
    (store / "zarr.json").write_text(json.dumps(document))
    refused(store)


def test_what_is_no_store(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    for name in ("missing", "file", "empty"):
        assert "check the path" in refused(tmp_path / name)


def test_no_index_and_groups_for_arrays(store):
    shutil.rmtree(store / "index")
    assert "no array index" in refused(store)
    zarr.open_group(store, mode="r+").create_group("index")
    assert "index is no array" in refused(store)


def test_more_than_there_is_memory_is_not_read(store):
    document = json.loads((store / "depth" / "zarr.json").read_text())
    document["shape"] = [3, 2**20, 2**20, 5]
    (store / "depth" / "zarr.json").write_text(json.dumps(document))
    assert "more than is read here" in refused(store, largest=2**20)


def test_no_file_can_be_lost_or_cut_and_no_data_changed_unnoticed(store):
    files = [path for path in sorted(store.rglob("*")) if path.is_file()]
    assert len(files) == 1 + 4 + (1 + 3 + 1 + 3)
    for path in files:
        whole = path.read_bytes()
        path.unlink()
        refused(store)
        at = range(0, 0 if path.name == "zarr.json" else len(whole), 7)
        for content in (b"", whole[:-1], *(bytes([*whole[:i], whole[i] ^ 1 << i % 8, *whole[i + 1 :]]) for i in at)):
            path.write_bytes(content)
            refused(store)
        path.write_bytes(whole)
    assert read_scene_predictions(store).depth is not None

"""The predictions store: there and back, by hand, and broken in every way."""

import json
import os
import shutil
import textwrap

import numpy as np
import pytest
import zarr

import eval.predictions
from eval.predictions import PredictionsError, read_predictions, write_predictions

CLASS_MAP = np.random.default_rng(0).integers(7, size=(5, 6, 4), dtype=np.uint8)
INDEX = np.array([4, 0, 9, 2, 3])
FINGERPRINT = "0123456789abcdef" * 4


def write(path, class_map=CLASS_MAP, index=INDEX, **more):
    settings = {"fingerprint": FINGERPRINT, "split": "test", "model_name": "slotssm", "model_config": {"slots": 6}}
    write_predictions(path, class_map, index, **(settings | more))


def edit(path, name, change):
    """Change a JSON document in place."""
    document = json.loads((path / name).read_text())
    change(document)
    (path / name).write_text(json.dumps(document))


def refused(path):
    with pytest.raises(PredictionsError) as error:
        read_predictions(path)
    message = str(error.value)
    assert "\n" not in message
    assert len(message) > 20
    return message


@pytest.fixture
def store(tmp_path):
    write(tmp_path / "p")
    return tmp_path / "p"


def test_there_and_back(store):
    got = read_predictions(store)
    assert np.array_equal(got.class_map, CLASS_MAP)
    assert np.array_equal(got.index, INDEX)
    assert (got.class_map.dtype, got.index.dtype) == (np.uint8, np.int64)
    assert (got.fingerprint, got.split, got.model_name) == (FINGERPRINT, "test", "slotssm")
    assert got.model_config == {"slots": 6}
    assert os.listdir(store.parent) == ["p"]


def test_is_the_public_format(store):
    group = zarr.open_group(store, mode="r")
    assert group.metadata.zarr_format == 3
    assert dict(group.attrs) == {
        "format": "bcb-predictions",
        "format_version": 1,
        "fingerprint": FINGERPRINT,
        "split": "test",
        "model": {"name": "slotssm", "config": {"slots": 6}},
    }
    assert group["class_map"].metadata.dimension_names == ("episode", "y", "x")
    assert group["index"].metadata.dimension_names == ("episode",)
    for name in ("class_map", "index"):
        codecs = [c["name"] for c in json.loads((store / name / "zarr.json").read_text())["codecs"]]
        assert codecs[-2:] == ["zstd", "crc32c"]


def test_more_than_one_chunk_and_all_background(tmp_path):
    class_map = np.zeros((600, 64, 64), np.uint8)
    class_map[-1] = 3
    write(tmp_path / "p", class_map, np.arange(600))
    assert len(list((tmp_path / "p" / "class_map").rglob("0"))) > 1
    assert np.array_equal(read_predictions(tmp_path / "p").class_map, class_map)
    write(tmp_path / "q", class_map[:1], np.zeros(1, np.int32))  # episode 0 alone, all background
    assert read_predictions(tmp_path / "q").index.tolist() == [0]


def test_the_documented_snippet_writes_one(tmp_path, monkeypatch):
    """What the docstring tells people to do by hand is read as it should be."""
    documented = eval.predictions.__doc__
    snippet = textwrap.dedent(documented[documented.index("    import zarr") : documented.index("The fill values")])
    monkeypatch.chdir(tmp_path)
    exec(snippet, {"class_map": CLASS_MAP, "index": INDEX, "fingerprint": FINGERPRINT})
    got = read_predictions("predictions")
    assert np.array_equal(got.class_map, CLASS_MAP)
    assert np.array_equal(got.index, INDEX)
    assert (got.fingerprint, got.split, got.model_name) == (FINGERPRINT, "test", "mine")


def test_by_hand_with_the_least_there_can_be(tmp_path):
    group = zarr.open_group(tmp_path / "p", mode="w", attributes={"fingerprint": FINGERPRINT, "split": "val"})
    group.create_array("class_map", data=np.zeros((1, 4, 4), np.uint8))
    group.create_array("index", data=np.zeros(1, np.int32))
    got = read_predictions(tmp_path / "p")
    assert got.index.dtype == np.int64
    assert (got.split, got.model_name, got.model_config) == ("val", "unnamed", {})


def test_overwrites_only_when_asked(store):
    with pytest.raises(PredictionsError, match="replace it with overwrite=True"):
        write(store, CLASS_MAP[:2], INDEX[:2])
    assert len(read_predictions(store).index) == 5
    write(store, CLASS_MAP[:2], INDEX[:2], overwrite=True)
    assert len(read_predictions(store).index) == 2
    assert os.listdir(store.parent) == ["p"]
    write(store.parent / "new", overwrite=True)
    assert len(read_predictions(store.parent / "new").index) == 5


def test_overwrites_nothing_but_predictions(tmp_path):
    (tmp_path / "file").write_text("precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thesis.tex").write_text("precious")
    zarr.open_group(tmp_path / "store", mode="w", attributes={"format": "bcb-store"})
    for name in ("file", "folder", "store"):
        with pytest.raises(PredictionsError, match="not a predictions store"):
            write(tmp_path / name, overwrite=True)
    assert (tmp_path / "file").read_text() == "precious"
    assert (tmp_path / "folder" / "thesis.tex").read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "store"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"class_map": CLASS_MAP.astype(np.int64)}, "uint8"),
        ({"class_map": CLASS_MAP[0]}, "shape"),
        ({"class_map": CLASS_MAP[:4]}, "shape"),
        ({"class_map": CLASS_MAP[:0], "index": INDEX[:0]}, "shape"),
        ({"class_map": np.full_like(CLASS_MAP, 255)}, "255"),
        ({"index": INDEX.astype(float)}, "int64"),
        ({"index": INDEX[:, None]}, "shape"),
        ({"index": INDEX - 1}, "-1"),
        ({"index": np.array([0, 1, 2, 1, 3])}, "episode 1 is named more than once"),
        ({"split": "testing"}, "train, val, test"),
        ({"model_config": {"loss": object()}}, "JSON"),
        ({"model_config": None}, "model is"),
        ({"model_config": [("slots", 6)]}, "model is"),
        ({"model_name": 3}, "model is"),
        ({"fingerprint": None}, "fingerprint is None; it must be text"),
        ({"split": ["test"]}, "split is"),
        ({"split": None}, "split is None"),
        ({"class_map": [[1], [1, 2]]}, "class_map can't be an array"),
        ({"rollout": [[1], [1, 2]]}, "rollout can't be an array"),
        ({"rollout": CLASS_MAP[:, None].tolist()}, "rollout is int64"),
    ],
)
def test_bad_predictions_are_not_written(tmp_path, arguments, complaint):
    with pytest.raises(PredictionsError, match=complaint):
        write(tmp_path / "p", **arguments)
    assert os.listdir(tmp_path) == []


def test_arrays_of_others_are_taken_for_what_they_are(tmp_path):
    class Theirs:
        def __init__(self, values):
            self.values = values

        def __array__(self, dtype=None, copy=None):
            return self.values

    write(tmp_path / "p", Theirs(CLASS_MAP), INDEX.tolist(), rollout=Theirs(CLASS_MAP[:, None]))
    found = read_predictions(tmp_path / "p")
    assert found.rollout is not None
    assert np.array_equal(found.rollout[:, 0], CLASS_MAP)


def test_a_failed_write_leaves_what_was_there(store, monkeypatch):
    import eval.predictions.write as writer

    def disk_full(path, *_):
        path.mkdir()
        (path / "half").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "_write", disk_full)
    for path, overwrite in ((store, True), (store.parent / "q", False)):
        with pytest.raises(PredictionsError, match="No space left"):
            write(path, overwrite=overwrite)
    assert os.listdir(store.parent) == ["p"]
    assert len(read_predictions(store).index) == 5


def test_an_interrupted_swap_keeps_the_old_store(store, monkeypatch):
    rename = type(store).rename

    def interrupted(self, target):
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(type(store), "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(store, CLASS_MAP[:2], INDEX[:2], overwrite=True)
    monkeypatch.undo()
    assert len(read_predictions(store).index) == 5
    assert os.listdir(store.parent) == ["p"]


def test_folders_on_the_way_are_made_and_files_on_the_way_refused(tmp_path):
    write(tmp_path / "a" / "b" / "p")
    (tmp_path / "file").write_text("")
    with pytest.raises(PredictionsError, match="can't write"):
        write(tmp_path / "file" / "p")
    mode = (tmp_path / "a" / "b" / "p").stat().st_mode
    assert mode == (tmp_path / "a" / "b").stat().st_mode  # as open to others as any new folder


def test_paths_that_are_no_store(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    zarr.open_group(tmp_path / "other", mode="w", attributes={"format": "bcb-store", "fingerprint": FINGERPRINT})
    zarr.open_group(tmp_path / "foreign", mode="w")
    zarr.create_array(tmp_path / "array", data=CLASS_MAP)
    assert "no predictions at" in refused(tmp_path / "missing")
    assert "is a file" in refused(tmp_path / "file")
    for name in ("empty", "other", "foreign", "array"):
        assert "not a predictions store" in refused(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["array", "empty", "file", "foreign", "other"]


def test_a_newer_version(store):
    edit(store, "zarr.json", lambda d: d["attributes"].update(format_version=2))
    assert "install a newer bcb" in refused(store)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("format_version", "1"),
        ("format_version", 0),
        ("fingerprint", None),
        ("split", 3),
        ("split", "testing"),
        ("model", "slotssm"),
        ("model", {"name": 3}),
        ("model", {"name": "m", "config": []}),
    ],
)
def test_wrong_attributes(store, attribute, value):
    edit(store, "zarr.json", lambda d: d["attributes"].update({attribute: value}))
    assert attribute in refused(store)


@pytest.mark.parametrize("attribute", ["fingerprint", "split"])
def test_lacking_attributes(store, attribute):
    edit(store, "zarr.json", lambda d: d["attributes"].pop(attribute))
    assert attribute in refused(store)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("class_map", CLASS_MAP.astype(np.int32)),
        ("class_map", CLASS_MAP[0]),
        ("class_map", CLASS_MAP[:3]),
        ("index", INDEX.astype(np.float64)),
        ("index", INDEX[:3]),
        ("index", np.array([1, 2, 3, 4, 1])),
        ("index", -INDEX),
    ],
)
def test_wrong_arrays(store, name, data):
    group = zarr.open_group(store, mode="r+")
    del group[name]
    group.create_array(name, data=data)
    refused(store)


@pytest.mark.parametrize("name", ["class_map", "index"])
def test_lacking_arrays(store, name):
    shutil.rmtree(store / name)
    assert name in refused(store)
    zarr.open_group(store, mode="r+").create_group(name)
    assert name in refused(store)


@pytest.mark.parametrize("text", ["", "{nonsense", "[]"])
def test_a_rollout_that_is_no_zarr_is_refused_by_the_path_of_its_store(store, text):
    (store / "rollout").mkdir()
    (store / "rollout" / "zarr.json").write_text(text)
    assert str(store) in refused(store)


def files(store):
    return sorted(p.relative_to(store) for p in store.rglob("*") if p.is_file())


def test_no_file_can_be_lost_cut_or_changed_unnoticed(store, tmp_path):
    """Each file of the store in turn: gone, empty, cut in half; every bit of its data flipped, one by one."""
    assert len(files(store)) == 5
    for name in files(store):
        whole = (store / name).read_bytes()
        broken = [b"", whole[: len(whole) // 2], whole[:-1]]
        if name.name != "zarr.json":
            broken += [bytes([*whole[:i], byte ^ 1 << i % 8, *whole[i + 1 :]]) for i, byte in enumerate(whole)]
        (store / name).unlink()
        refused(store)
        for content in broken:
            (store / name).write_bytes(content)
            refused(store)
        (store / name).write_bytes(whole)
    assert len(read_predictions(store).index) == 5

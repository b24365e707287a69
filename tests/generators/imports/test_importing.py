"""An imported dataset becomes a store: the same arrays, checked and found sound, and made whole after a stop."""

import json
import shutil

import numpy as np
import pytest

from generators.imports import movi as movi_module
from generators.imports.importing import imported
from generators.imports.movi import movi
from generators.imports.spec import parse_imported_spec, spec_of
from generators.imports.video import video
from generators.kinds import kind_of, parse_any
from generators.store import StoreError, StoreReader, describe
from generators.store.reader import Reader
from generators.verify import repair, verify
from tests.generators.imports.encode import movie
from tests.generators.imports.test_movi import encoded, truth, write


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Five episodes of train, two of val; read only."""
    root = tmp_path_factory.mktemp("tfds")
    write(root, [encoded(truth(seed)) for seed in range(5)], shards=2)
    write(root, [encoded(truth(seed)) for seed in (5, 6)], split="validation")
    (root / "dataset_info.json").unlink()
    return root


def make(parts, out, **options):
    return imported(spec_of(parts), parts, out, **options)


def splits(source, **options):
    return [movi(source, split, **options) for split in ("train", "val")]


@pytest.fixture(scope="module")
def store(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("imported") / "s"
    make(splits(source), out, shard_episodes=2)
    return out


def test_a_store_holds_what_the_files_hold(source, store):
    for part in splits(source):
        reader = Reader(store, part.split)
        assert len(reader) == part.count
        for index, episode in enumerate(part.episodes()):
            found = reader.episode(index)
            assert vars(found).keys() == episode.keys()
            for name, values in episode.items():
                np.testing.assert_array_equal(getattr(found, name), values)
                assert getattr(found, name).dtype == values.dtype


def test_a_store_is_found_sound_and_said_to_be_imported(store):
    assert verify(store) == []
    found = describe(store)
    assert found.complete
    summary = kind_of(found.spec).summary(found.spec)
    assert summary[0] == "MOVi-A, imported: 3 frames of 8×8 pixels"
    assert "Greff et al." in summary[2]
    attributes = json.loads((store / "train" / "zarr.json").read_text())["attributes"]
    assert attributes["shapes"] == ["cube", "cylinder", "sphere"]
    assert attributes["colors"]["cyan"] == [41, 208, 208]
    assert next(iter(attributes["colors"])) == "blue"


def test_a_value_that_cannot_be_is_found(source, tmp_path, monkeypatch):
    def wrong(*args):
        episode = dict(right(*args))
        episode["visibility"] = episode["visibility"] + np.uint16(1)
        return episode

    right = movi_module._episode
    monkeypatch.setattr(movi_module, "_episode", wrong)
    make(splits(source), tmp_path / "s")
    problems = verify(tmp_path / "s")
    assert len(problems) == 7
    assert "visibility isn't what segmentation shows at frame 0" in str(problems[0])


def test_a_stopped_import_goes_on_and_ends_the_same(source, store, tmp_path):
    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 3:
            raise Stop

    with pytest.raises(Stop):
        make(splits(source), tmp_path / "s", shard_episodes=2, progress=stop)
    result = make(splits(source), tmp_path / "s", shard_episodes=2)
    assert (result.made, result.kept) == (5, 2)
    whole = {path.relative_to(store): path.read_bytes() for path in store.rglob("*") if path.is_file()}
    again = tmp_path / "s"
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == whole


def test_what_is_broken_is_read_again(source, store, tmp_path):
    shutil.copytree(store, tmp_path / "s")
    path = next(path for path in sorted((tmp_path / "s" / "train" / "rgb" / "c").rglob("*")) if path.is_file())
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert len(verify(tmp_path / "s")) == 1
    with pytest.raises(ValueError, match="run its bcb import command again"):
        repair(tmp_path / "s", workers=1)
    assert make(splits(source), tmp_path / "s").made == 2
    assert verify(tmp_path / "s") == []
    assert path.read_bytes() == (store / path.relative_to(tmp_path / "s")).read_bytes()


def test_what_stops_an_import_names_the_command_that_goes_on(source, tmp_path):
    (tmp_path / "file").write_text("")
    for overwrite, again in ((False, "command again"), (True, "command without --overwrite again")):
        with pytest.raises(StoreError, match=f"and run the same bcb import {again} to go on$"):
            make(splits(source), tmp_path / "file" / "s", overwrite=overwrite)


def test_the_fingerprint_is_of_the_files_and_of_what_is_made_of_them(source, store, tmp_path):
    spec = spec_of(splits(source))
    assert spec.fingerprint == Reader(store, "val").fingerprint
    assert parse_any(spec.to_json()) == parse_imported_spec(spec.to_json()) == spec
    others = [splits(source, size=4), splits(source, frames=2), splits(source)[:1], splits(source, limit=1)]
    write(tmp_path, [encoded(truth(9))])
    others += [[movi(tmp_path, "train")]]
    assert len({spec.fingerprint, *(spec_of(other).fingerprint for other in others)}) == 6


def test_a_store_of_something_else_is_not_touched(source, store):
    with pytest.raises(StoreError, match="holds another dataset"):
        make(splits(source, size=4), store)
    with pytest.raises(StoreError, match=r"imported.*balls"):
        StoreReader(store, "val")


def test_episodes_are_not_made_again_without_their_files(store):
    spec = Reader(store, "val").spec
    with pytest.raises(ValueError, match="MOVi-A is imported, so its episodes can't be made again"):
        kind_of(spec).make(spec, "val", 0).read("rgb")


def test_a_damaged_file_leaves_nothing_behind(tmp_path):
    folder = write(tmp_path / "tfds", [encoded(truth(0)), encoded(truth(1), video=None)])
    with pytest.raises(ValueError, match="record 1: it has no feature 'video'"):
        make([movi(folder, "train")], tmp_path / "s")
    assert not (tmp_path / "s" / "train").exists()


def test_splits_that_differ_belong_in_stores_of_their_own(tmp_path):
    for name, size in (("train", 8), ("val", 16)):
        (tmp_path / name).mkdir()
        movie(tmp_path / name / "a.mkv", np.zeros((4, 8, 8, 3), np.uint8))
        if name == "val":
            np.save(tmp_path / name / "a_depth.npy", np.ones((4, size, size)))
    with pytest.raises(ValueError, match=r"train and val differ in depth; import each into a store of its own"):
        spec_of([video(tmp_path, name, frames=2) for name in ("train", "val")])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "reads version 1"),
        ({"arrays": []}, "must have rgb"),
        ({"arrays": [{"name": "rgb", "dtype": "uint8", "shape": [3, 8, 8]}]}, r"it should be \(time, y, x, rgb\)"),
        ({"arrays": [{"name": "rgb", "dtype": "object", "shape": [3, 8, 8, 3]}]}, "the dtype of rgb 'object' is not"),
        ({"arrays": [{"name": "rbg", "dtype": "uint8", "shape": [3, 8, 8, 3]}]}, "array 'rbg' is not one of"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(source, change, words):
    spec = json.loads(spec_of(splits(source)).to_json())
    with pytest.raises(ValueError, match=words):
        parse_imported_spec(spec | change)
    arrays = [
        {"name": "rgb", "dtype": "uint8", "shape": [3, 8, 8, 3]},
        {"name": "depth", "dtype": "float32", "shape": [2, 8, 8]},
    ]
    with pytest.raises(ValueError, match="time is 2 and 3 long"):
        parse_imported_spec(spec | {"arrays": arrays})

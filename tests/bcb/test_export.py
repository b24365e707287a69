"""`bcb export`: where exports go, what is said, and what is refused. (tests/generators has what is in them.)"""

import json
from pathlib import Path

import numpy as np
import pytest

from generators.export import FORMATS

# Command line → what its one line must say.
LINES = {
    "export nowhere --to npz": "no store at",
    "export notes.txt --to npz": "notes.txt",
    "export run --to npz": "no bcb store",
    "export store/test --to npz": "one split",
    "export begun --to npz": "no split yet",
    "export store": "--to",
    "export store --to zarr": "no format 'zarr'",
    "export store --to hdf": "did you mean 'hdf5'",
    "export store --to npz --split tets": "did you mean 'test'",
    "export store --to npz --episodes 0": "0",
    "export store --to npz --out notes.txt": "notes.txt",
    "export store --to npz --out notes.txt/x": "notes.txt",
    "export store --to npz --out run": "is no export",
    "export store --to npz --out run --overwrite": "is no export",
    "export store --to npz --out store --overwrite": "lies in the store",
    "export store --to npz --out store/val": "lies in the store",
    "export store --to npz --out s3://bucket/x": "URL",
}


def everything(root):
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


@pytest.mark.parametrize("line", LINES)
def test_bad_input_is_one_line_and_nothing_is_left(bcb, mine, line):
    (mine / "notes.txt").write_text("notes")
    (mine / "begun").mkdir()
    before = everything(mine)
    done = bcb(*line.split())
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert LINES[line] in done.err
    assert everything(mine) == before


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_goes_beside_the_store_and_says_what_was_written(bcb, mine, name):
    done = bcb("export", "store", "--to", name, "--json")
    assert (done.code, done.err) == (0, "")
    files = [path for path in (mine / f"store-{name}").rglob("*") if path.is_file()]
    about = json.loads((mine / f"store-{name}/dataset.json").read_text())
    assert done.json == {
        "path": f"store-{name}",
        "format": name,
        "lossy": name == "mp4",
        "fingerprint": about["fingerprint"],
        "episodes": {"train": 6, "val": 3, "test": 5},
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
    }


def test_some_splits_and_episodes_elsewhere(bcb, mine):
    done = bcb(
        "export", mine / "store", "--to", "npz", "--split", "test", "--split", "val", "--episodes", 2, "--out", "a/b"
    )
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("a/b: 2 test, 2 val episodes as npz, 3 files, ")
    assert {path.name for path in (mine / "a/b").iterdir()} == {"test.npz", "val.npz", "dataset.json"}
    with np.load("a/b/val.npz") as file:
        assert file["frames"].shape == (2, 4, 16, 16)


def test_a_second_export_needs_overwrite(bcb, mine):
    line = ("export", "store", "--to", "npz")
    assert bcb(*line).code == 0
    refused = bcb(*line)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "overwrite" in refused.err
    assert bcb(*line, "--overwrite", "--split", "test").code == 0
    assert {path.name for path in (mine / "store-npz").iterdir()} == {"test.npz", "dataset.json"}


def test_lossy_is_said(bcb, mine):
    assert "lossy" in bcb("export", "--help").out
    assert "lossy" in bcb("export", "store", "--to", "mp4", "--split", "test").err
    assert "lossy" not in bcb("export", "store", "--to", "npz").err


def test_the_store_may_be_where_we_are(bcb, mine, monkeypatch):
    monkeypatch.chdir(mine / "store")
    done = bcb("export", ".", "--to", "npz", "--split", "val", "--json")
    assert (done.code, done.json["path"]) == (0, "../store-npz")
    assert (mine / "store-npz/val.npz").is_file()


@pytest.mark.parametrize("store", ["my store", "file://{mine}/my store", "file://localhost{mine}/my%20store"])
def test_an_export_never_goes_into_its_store(bcb, mine, store):
    (mine / "store").rename(mine / "my store")
    before = everything(mine)
    for out in ("my store", "my store/in", mine / "other/../my store/in"):
        done = bcb("export", store.format(mine=mine), "--to", "npz", "--out", out, "--overwrite")
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert "lies in the store" in done.err
    assert everything(mine) == before


def test_the_export_of_a_folder_by_its_url_goes_here(bcb, mine, monkeypatch):
    (mine / "store").rename(mine / "my store")
    (mine / "here").mkdir()
    monkeypatch.chdir(mine / "here")
    assert bcb("export", f"file://{mine}/my%20store", "--to", "npz", "--json").json["path"] == "my store-npz"


def test_a_store_needs_a_name(bcb, folder):
    done = bcb("export", "", "--to", "npz")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "a store needs a path or URL" in done.err
    assert not list(folder.iterdir())


def test_the_export_of_a_store_at_a_url_goes_here():
    from bcb.commands.export import place_of

    assert place_of("s3://bucket/data/frequent-640/", "hf", None) == Path("frequent-640-hf")
    assert place_of("s3://bucket/data/frequent-640", "hf", "a/b") == Path("a/b")

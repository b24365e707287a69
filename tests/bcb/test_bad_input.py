"""Bad input to any command: exit code 2, one clear line on stderr, nothing on stdout, nothing changed on disk."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from eval.predictions import write_predictions
from generators.store import StoreReader

# Command line → what the line must say. Names of `mine` stand for paths; they are made by `broken`.
LINES = {
    "generate --rule middle --out new": "'middle'",
    "generate --length 81 --patches 4 --out new": "80, 96",
    "generate --length 80 --context-frames 10 --patches 4 --out new": "not 80",
    "generate --length 0 --out new": "0",
    "generate --balls 10 --set world.radius=[12,12] --out new": "fit",
    "generate --balls 11 --out new": "10",
    "generate --balls 1 --out new": "2",
    "generate --balls two --out new": "'two'",
    "generate --size 30 --patches 4 --out new": "divisor",
    "generate --size 4 --out new": "4",
    "generate --colors 8 --out new": "7",
    "generate --colors 0 --out new": "0",
    "generate --seed -1 --out new": "-1",
    "generate --train -5 --out new": "-5",
    "generate --episodes 0 --out new": "0",
    "generate --train 0 --val 0 --test 0 --out new": "nothing to make",
    "generate --workers 0 --out new": "0",
    "generate --shard-episodes 0 --out new": "0",
    "generate --scheduler nonsense://x --out new": "no address",
    "generate --scheduler tcp://node1:8786 --scheduler-file notes.txt --out new": "one of the two",
    "generate --scheduler tcp://node1:8786 --workers 2 --out new": "--workers",
    "generate --scheduler-file nowhere.json --out new": "no scheduler file",
    "generate --scheduler-file notes.txt --out new": "no scheduler file",
    "generate --set world.speed=[NaN,1] --out new": "NaN",
    "generate --set world.speed=[-1,1] --out new": "speed",
    "generate --set world.speed=[4,2] --out new": "speed",
    "generate --set world.window=[0,0,99,99] --out new": "window",
    "generate --set wolrd.size=32 --out new": "did you mean 'world'",
    "generate --set size=32 --out new": "size",
    "generate --set version=2 --out new": "version",
    "generate --set world.name=circling --out new": "circling",
    "generate --config nowhere.json --out new": "nowhere.json",
    "generate --config notes.txt --out new": ".json or .toml",
    "generate --config typo.toml --out new": "did you mean 'context_frames'",
    "generate --config store --out new": "store",
    "generate --out notes.txt": "notes.txt is a file",
    "generate --out notes.txt/new": "notes.txt",
    "generate --out run": "no bcb store",
    "generate --out store --test 5": "store",
    "generate extra": "extra",
    "inspect nowhere": "no store at nowhere",
    "inspect notes.txt": "is a file",
    "inspect run": "no bcb store",
    "inspect predictions": "no bcb store",
    "inspect store/test": "one split",
    "inspect newer": "upgrade",
    "inspect store --jsn": "--json",
    "inspect": "STORE",
    "verify nowhere": "no store at",
    "verify notes.txt": "is a file",
    "verify run": "no bcb store",
    "verify store --samples -1": "-1",
    "finalize nowhere": "no store at",
    "finalize run": "no bcb store",
    "finalize unfinished": "lacks 2 of 5 shards: 3:5",
    "generate --rule earliest --length 10 --out g --shards 3": "range of shards",
    "generate --rule earliest --length 10 --out g --shards 900:": "none of the",
    "generate --rule earliest --length 10 --out g --shards 2:2": "none of the",
    "generate --rule earliest --length 10 --out g --shards 0:2 --overwrite": "share",
    "generate --rule earliest --length 10 --out ftp://host/x": "s3://",
    "generate --rule earliest --length 10 --out s3://": "names no bucket",
    "verify store --split tets": "did you mean 'test'",
    "view nowhere -o x.png": "no store at",
    "view notes.txt -o x.png": "is a file",
    "view truncated -o x.png": "truncated",
    "view unfinished -o x.png": "unfinished",
    "view store --episode 5 -o x.png": "0 to 4",
    "view store --episode -1 -o x.png": "-1",
    "view store --episode one -o x.png": "'one'",
    "view store -o x.jpg": ".png",
    "view store -o x": ".png",
    "view store": "-o x.png",
    "view nowhere": "no store at",
    "view store --slots": "--slots wants a value: A run folder, or a model with bundled weights",
    "view store --patches=3": "(see `bcb view --help`)",
    "bench load --workers": "(see `bcb bench load --help`)",
    "view store --scale 0 -o x.png": "0",
    "view store --scale 100000 -o x.png": "--scale",
    "view store -o notes.txt/x.png": "notes.txt",
    "view store --predictions nowhere -o x.png": "nowhere",
    "view store --predictions store -o x.png": "predictions",
    "view other --predictions predictions -o x.png": "other data",
    "view store --split val --predictions predictions -o x.png": "split",
    "view store --episode 3 --predictions few -o x.png": "3",
    "score nowhere --data store": "nowhere",
    "score notes.txt --data store": "notes.txt",
    "score store --data store": "predictions",
    "score predictions --data other": "other data",
    "score predictions --data nowhere": "nowhere",
    "score predictions --data truncated": "truncated",
    "score predictions": "--data",
    "score beyond --data store": "77",
    "score small --data store": "16",
    "score strange --data store": "9",
    "evaluate": "--model",
    "evaluate --model nonsense": "nonsense",
    "evaluate --model ./nowhere": "nowhere",
    "evaluate --model notes.txt": "notes.txt",
    "evaluate --model store": "no run folder",
    "evaluate --model weightless --data store": "no model.safetensors",
    "evaluate --model damaged --data store": "damaged",
    "evaluate --model garbled --data store": "garbled",
    "evaluate --model unknown --data store": "gru",
    "evaluate --model run --data nowhere": "nowhere",
    "evaluate --model run --data truncated": "truncated",
    "evaluate --model run --preset paper-80": "image size",
    "evaluate --model run --data store --rule earliest": "--rule",
    "evaluate --model run --rule earliest": "frequent",
    "evaluate --model run --data store --episodes 6": "5",
    "evaluate --model run --data store --context-frames 5": "4",
    "evaluate --model run --length 13": "12",
    "evaluate --model run --batch-size 0": "0",
    "evaluate --model run --episodes 0": "0",
    "evaluate --model run --device abacus": "abacus",
    "evaluate --model run --backend abacus": "abacus",
    "evaluate --model run --backend triton": "triton",
    "evaluate --model run --episodes 1 --save-predictions predictions": "predictions",
    "evaluate --model run --episodes 1 --save-predictions notes.txt --overwrite": "notes.txt",
    "evaluate --model run --episodes 1 --save-predictions store --overwrite": "store",
    "evaluate --model run --episodes 1 --save-predictions notes.txt/p": "notes.txt",
    "evaluate --model slotssm --data store": "16×16",
    "list": "models",
    "list everything": "everything",
}


@pytest.fixture(scope="module")
def broken(things, tmp_path_factory) -> Path:
    """`things`, and one of each kind of broken thing."""
    root = tmp_path_factory.mktemp("broken")
    shutil.copytree(things, root, dirs_exist_ok=True)
    (root / "notes.txt").write_text("notes")
    (root / "typo.toml").write_text("contextframes = 3\n")

    shutil.copytree(root / "store", root / "truncated")
    for shard in (path for path in (root / "truncated").rglob("c/0/**/*") if path.is_file()):
        shard.write_bytes(shard.read_bytes()[:-9])
    shutil.copytree(root / "store", root / "unfinished")
    shutil.rmtree(root / "unfinished/commits/test")
    shutil.copytree(root / "store", root / "newer")
    shutil.rmtree(root / "newer/commits")
    for path in (root / "newer").glob("*/zarr.json"):
        group = json.loads(path.read_text())
        group["attributes"]["format_version"] = 99
        path.write_text(json.dumps(group))

    for name in ("weightless", "damaged", "garbled", "unknown"):
        shutil.copytree(root / "run", root / name)
    (root / "weightless/model.safetensors").unlink()
    (root / "damaged/config.json").write_text("{")
    (root / "garbled/model.safetensors").write_bytes(b"garbled")
    config = json.loads((root / "unknown/config.json").read_text())
    config["model"]["name"] = "gru"
    (root / "unknown/config.json").write_text(json.dumps(config))

    fingerprint = StoreReader(root / "store", "test").spec.fingerprint

    def predictions(name, index, size=16, fill=0):
        class_map = np.full((len(index), size, size), fill, dtype=np.uint8)
        write_predictions(
            root / name,
            class_map,
            np.array(index),
            fingerprint=fingerprint,
            split="test",
            model_name="m",
            model_config={},
        )

    predictions("few", [0, 1])
    predictions("beyond", [0, 77])
    predictions("small", [0, 1, 2, 3, 4], size=8)
    predictions("strange", [0, 1, 2, 3, 4], fill=9)
    return root


def everything(root: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(root)): path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


@pytest.fixture(scope="module")
def before(broken) -> dict[str, bytes | None]:
    return everything(broken)


@pytest.mark.parametrize("line", LINES)
def test_one_line_and_nothing_left_behind(bcb, broken, before, monkeypatch, line):
    monkeypatch.chdir(broken)
    done = bcb(*line.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1
    assert LINES[line] in done.err
    assert len(done.err) < 400
    assert everything(broken) == before


def test_the_same_with_json(bcb, broken, monkeypatch):
    monkeypatch.chdir(broken)
    for line in ("inspect nowhere", "verify nowhere", "score predictions --data other", "evaluate --model nonsense"):
        done = bcb(*line.split(), "--json")
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("store", ["truncated", "unfinished"])
def test_verify_and_inspect_say_what_is_wrong_with_a_broken_store(bcb, broken, before, monkeypatch, store):
    monkeypatch.chdir(broken)
    verified = bcb("verify", store)
    assert verified.code == 1
    assert "test" in verified.out
    assert bcb("inspect", store, "--json").json["complete"] is False
    shown = bcb("inspect", store)
    assert shown.code == 0
    said = f"; run the same bcb generate command again, or bcb verify {store} --repair"
    [line] = [line for line in shown.out.splitlines() if line.startswith("INCOMPLETE: ")]
    assert line.endswith(f"test{said}")
    assert everything(broken) == before

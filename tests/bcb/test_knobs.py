"""Knobs on the command line: `--set` turns them, `bcb list knobs` names them, and every command takes such data."""

import json
from pathlib import Path

import numpy as np
import pytest

from generators.episode import make_episode
from generators.store import StoreReader

TINY = ("--rule", "frequent", "--context-frames", 6, "--balls", 2, "--size", 16, "--set", "world.radius=[2.5,3]")
TURNED = {
    "blink_probability": 0.8,
    "delay": 1,
    "evidence_frames": 5,
    "distractor_rate": 0.5,
    "bars": [[3, 5], [9, 11]],
    "noise": 0.05,
    "world.start_room": 0.9,
}
SETS = [part for name, value in TURNED.items() for part in ("--set", f"{name}={json.dumps(value)}")]


@pytest.fixture
def hard(bcb) -> str:
    """A store with all knobs turned."""
    assert bcb("generate", *TINY, *SETS, "--workers", 1, "--episodes", 3, "--out", "hard").code == 0
    return "hard"


def test_knobs_are_listed(bcb):
    listed = {row["name"]: row["summary"] for row in bcb("list", "knobs", "--json").json}
    assert listed.keys() == TURNED.keys()
    assert "default 1.0" in listed["blink_probability"]


def test_a_store_with_knobs_is_inspected_verified_and_made_again_from_its_spec(bcb, hard, folder):
    spec = StoreReader(hard, "test").spec
    assert spec.knobs == TURNED | {"bars": ((3, 5), (9, 11))}
    text = bcb("inspect", hard).out
    for name, value in spec.knobs.items():
        assert f"{name} {value}" in text
    described = bcb("inspect", hard, "--json").json
    assert described["spec"]["bars"] == TURNED["bars"]
    assert bcb("verify", hard).code == 0
    (folder / "spec.json").write_text(json.dumps(described["spec"]))
    again = bcb("generate", "--config", "spec.json", "--workers", 1, "--episodes", 3, "--out", "hard", "--json")
    assert (again.json["made"], again.json["fingerprint"]) == (0, spec.fingerprint)
    assert "harder" not in bcb("inspect", _plain(bcb)).out


def _plain(bcb) -> str:
    assert bcb("generate", *TINY, "--workers", 1, "--episodes", 1, "--out", "plain").code == 0
    return "plain"


def test_a_store_with_knobs_is_drawn_and_exported(bcb, hard, folder):
    assert bcb("view", hard, "-o", "x.png").code == 0
    assert Path("x.png").stat().st_size
    assert bcb("export", hard, "--to", "npz", "--out", "x").code == 0
    about = json.loads((folder / "x" / "dataset.json").read_text())
    assert len(about["palette"]) == len(about["colors"]) == 8  # the distractor's too
    spec = StoreReader(hard, "test").spec
    [path] = (folder / "x").rglob("*test*.npz")
    with np.load(path) as exported:
        np.testing.assert_array_equal(exported["frames"][0], make_episode(spec, "test", 0).frames)


@pytest.mark.parametrize(
    ("knob", "says"),
    [
        ("delay=6", "delay is 6; it must be from 0 to 5"),
        ("evidence_frames=-1", "evidence_frames is -1; it must be 0 or more"),
        ("blink_probability=0", "blink_probability is 0"),
        ("distractor_rate=half", "distractor_rate"),
        ("bars=[[1,9]]", "could hide a ball"),
        ("noise=1", "noise is 1"),
        ("world.start_room=0.1", "start_room is 0.1"),
        ("delya=3", "did you mean 'delay'"),
    ],
)
def test_a_knob_that_can_not_be_is_one_clear_line(bcb, knob, says):
    done = bcb("generate", *TINY, "--set", knob, "--out", "new")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err
    assert not Path("new").exists()

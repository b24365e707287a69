"""Repair: the same bytes come back, and nothing but what was broken is touched."""

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import generators.task
from generators.bucket import FolderBucket
from generators.engine import generate
from generators.episode import make_truth
from generators.errors import StoreError
from generators.spec import Spec
from generators.store.commits import read_commit, write_commit
from generators.verify import repair, verify
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=16, radius=(2.0, 2.5), speed=(1.0, 2.0))
SPEC = Spec(rule="frequent", context_frames=8, seed=4, world=WORLD)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("store") / "s"
    generate(SPEC, out, {"val": 3, "test": 10}, workers=1, shard_episodes=4)
    return out


@pytest.fixture
def store(made, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    return shutil.copytree(made, tmp_path / "s")


def state(folder):
    """Every file's bytes, and the file itself: a file written again is another."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_ino)
        for path in folder.rglob("*")
        if path.is_file()
    }


def flip(path, at=7):
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :])


BREAK = {
    "test/frames/c/1/0/0/0": flip,
    "test/answer/c/0/0/0": lambda path: os.truncate(path, 9),
    "test/mass/c/2/0": lambda path: path.unlink(),
    "val/target/c/0/0/0": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "commits/test/000001.json": flip,
    "commits/val/000000.json": lambda path: path.unlink(),
    "commits/val/plan.json": flip,
    "commits/test/plan.json": lambda path: path.write_bytes(
        path.read_bytes().replace(b'"episodes": 10', b'"episodes": 30')
    ),
    "test/zarr.json": flip,
    "val/position/zarr.json": lambda path: path.unlink(),
}


@pytest.mark.parametrize("key", BREAK)
def test_one_file(made, store, key):
    before = state(store)
    BREAK[key](store / key)
    done = repair(store, workers=1)
    assert state(store) != before
    assert done.found
    assert all(problem.split == key.removeprefix("commits/").split("/")[0] for problem in done.found)
    assert done.left == []
    after = state(store)
    assert {name: data for name, (data, _) in after.items()} == {name: data for name, (data, _) in state(made).items()}
    assert {name for name in before if before[name] != after[name]} <= {key}


def test_everything_at_once(made, store):
    for key, spoil in BREAK.items():
        spoil(store / key)
    (store / "test/mass/c/9").write_text("stray")
    assert repair(store, workers=2).left == []
    assert {name: data for name, (data, _) in state(store).items()} == {
        name: data for name, (data, _) in state(made).items()
    }
    assert verify(store) == []


def test_a_sound_store_is_left_alone(store):
    before = state(store)
    done = repair(store)
    assert (done.found, done.left) == ([], [])
    assert state(store) == before


def test_files_of_others_are_named_and_left(store):
    (store / "test/notes.txt").write_text("mine")
    done = repair(store)
    assert [problem.where for problem in done.left] == ["test/notes.txt"]
    assert (store / "test/notes.txt").read_text() == "mine"


def test_a_split_alone(store):
    flip(store / "test/frames/c/1/0/0/0")
    flip(store / "val/frames/c/0/0/0/0")
    assert repair(store, ["val"], workers=1).left == []
    assert {problem.split for problem in verify(store)} == {"test"}


def test_what_nobody_can_tell_is_said(store):
    (store / "commits/test/plan.json").unlink()
    flip(store / "test/zarr.json", 1)
    with pytest.raises(StoreError, match=r"test/zarr.json is damaged; make the store again with overwrite"):
        repair(store)


def test_a_machine_that_makes_other_bits_repairs_nothing(store, monkeypatch):
    def other(spec, split, index):
        truth = make_truth(spec, split, index)
        return replace(truth, position=np.nextafter(truth.position, np.float32(0)))

    flip(store / "test/frames/c/1/0/0/0")
    before = state(store)
    monkeypatch.setattr("generators.kinds.balls.make_truth", other)
    with pytest.raises(StoreError, match="makes another position"):
        repair(store, workers=1)
    assert state(store) == before


def test_not_while_another_writes(store):
    flip(store / "test/frames/c/1/0/0/0")
    with FolderBucket(store).locked(), pytest.raises(StoreError, match="is being written by"):
        repair(store)


def test_a_store_made_elsewhere_is_no_damage(tmp_path, monkeypatch):
    """All hashes right, every episode another machine's: nothing is touched, whatever verification says of it."""
    simulate = BouncingWorld.simulate

    def elsewhere(world, frames, rng):
        tracks = simulate(world, frames, rng)
        return replace(tracks, position=tracks.position + np.float32(1e-4))

    with monkeypatch.context() as patch:
        patch.setattr(BouncingWorld, "simulate", elsewhere)
        generators.remake.sample.cache_clear()
        generate(SPEC, tmp_path / "s", {"test": 4}, workers=1, shard_episodes=2)
    generators.remake.sample.cache_clear()
    before = state(tmp_path / "s")
    assert len(verify(tmp_path / "s")) == 4
    with pytest.raises(StoreError, match="this machine makes another position"):
        repair(tmp_path / "s", workers=1)
    assert state(tmp_path / "s") == before


def test_what_is_wrong_is_mended_though_its_record_fits(store, made):
    """One shard says what isn't so, record and all: the others show that this machine makes the same bits."""
    answer = store / "test/answer/c/1/0/0"
    other = shutil.copyfile(store / "test/answer/c/0/0/0", answer)
    data = Path(other).read_bytes()
    bucket = FolderBucket(store)
    commit = read_commit(bucket, "test", 1)
    assert commit
    objects = {**commit.objects, "answer/c/1/0/0": (len(data), hashlib.sha256(data).hexdigest())}
    write_commit(bucket, "test", 1, replace(commit, objects=objects))
    done = repair(store, workers=1)
    assert done.found
    assert all(problem.content for problem in done.found)
    assert done.left == []
    assert {name: data for name, (data, _) in state(store).items()} == {
        name: data for name, (data, _) in state(made).items()
    }


def test_there_is_no_end_to_repair(tmp_path):
    generate(SPEC, tmp_path / "s", {"test": 30}, workers=1, shard_episodes=1)
    whole = {name: data for name, (data, _) in state(tmp_path / "s").items()}
    shutil.rmtree(tmp_path / "s/test")
    done = repair(tmp_path / "s", workers=1)
    assert len(done.found) == 10 + 30 * 9
    assert done.left == []
    assert {name: data for name, (data, _) in state(tmp_path / "s").items()} == whole


@pytest.mark.parametrize("left", ["plan", "plan and group"])
def test_a_split_of_which_only_a_damaged_plan_was_written_is_begun_anew(store, made, left):
    (store / "commits/test/plan.json").write_bytes(b"{")
    for path in [*(store / "test").iterdir(), *(store / "commits/test").iterdir()]:
        if path.name not in {"plan.json", "zarr.json" if left == "plan and group" else ""}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    generate(SPEC, store, {"val": 3, "test": 10}, workers=1, shard_episodes=4)
    assert contents(store) == contents(made)


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"}

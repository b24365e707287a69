"""Verification finds what is wrong, names it, and finds nothing where nothing is."""

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import generators.episode
from generators.bucket import FolderBucket
from generators.engine import generate
from generators.errors import StoreError
from generators.raster import rasterize
from generators.rules import RULES, Blinks, Rule
from generators.spec import Spec
from generators.store.commits import Commit, read_commit, write_commit
from generators.store.schema import layouts
from generators.store.shard import ShardFile, ShardWriter
from generators.verify import Problem, verify
from generators.verify.oracle import ANSWERS, painted, running_answers
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=16, radius=(2.0, 2.5), speed=(1.0, 2.0))
SPEC = Spec(rule="frequent", context_frames=8, seed=4, world=WORLD)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """10 test episodes in shards of 4, and 3 of val. Read only."""
    out = tmp_path_factory.mktemp("store") / "s"
    generate(SPEC, out, {"val": 3, "test": 10}, workers=1, shard_episodes=4)
    return out


@pytest.fixture
def store(made, tmp_path):
    """A copy of it to spoil."""
    return shutil.copytree(made, tmp_path / "s")


def forge(store, name, index, change):
    """Change one episode of an array in a test split, and make checksums and commit fit: only the truth is hurt."""
    layout = layouts(SPEC)[name]
    shard, row = divmod(index, 4)
    bucket, key = FolderBucket(store), layout.object_key(shard)
    commit = read_commit(bucket, "test", shard)
    assert commit
    file, writer = ShardFile(bucket, f"test/{key}", layout, 4), ShardWriter(store / "forged", layout, 4)
    for at in range(commit.stop - commit.start):
        values = file.read(at)
        if at == row:
            change(values)
        writer.append(values)
    objects = {**commit.objects, key: writer.finish()}
    (store / "forged").replace(store / "test" / key)
    write_commit(bucket, "test", shard, Commit(commit.start, commit.stop, objects))


def test_a_sound_store_has_no_problem(made):
    told = []
    assert verify(made, progress=lambda done, total: told.append((done, total))) == []
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert verify(made, splits=["val"], samples=0) == []


def test_every_object_is_hashed(store):
    for layout in layouts(SPEC).values():
        key = layout.object_key(1)
        path = store / "test" / key
        sound = path.read_bytes()
        path.write_bytes(sound[:-5] + bytes([sound[-5] ^ 1]) + sound[-4:])
        [problem] = verify(store)
        assert problem.where == f"test/{key}"
        assert "SHA-256" in problem.what
        path.write_bytes(sound)


def edit(path: Path, change):
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("spoil", "where", "what"),
    [
        (lambda s: (s / "test/mass/c/2/0").unlink(), "test/mass/c/2/0", "is missing"),
        (lambda s: os.truncate(s / "test/frames/c/0/0/0/0", 20), "test/frames/c/0/0/0/0", "is 20 bytes, not"),
        (lambda s: (s / "test/mass/c/9").write_text(""), "test/mass/c/9", "doesn't belong"),
        (lambda s: (s / "test/notes.txt").write_text(""), "test/notes.txt", "doesn't belong"),
        (lambda s: (s / "commits/test/000001.json").unlink(), "test shard 1", "4–7 aren't committed"),
        (lambda s: (s / "commits/test/000009.json").write_text("{}"), "commits/test/000009.json", "doesn't belong"),
        (lambda s: (s / "commits/test/plan.json").unlink(), "commits/test/plan.json", "is missing or damaged"),
        (lambda s: (s / "test/answer/zarr.json").unlink(), "test/answer/zarr.json", "missing or no JSON"),
        (
            lambda s: edit(s / "test/target/zarr.json", lambda m: m.update(dimension_names=["a", "b", "c"])),
            "test/target/zarr.json",
            "differs from the schema in: dimension_names",
        ),
        (
            lambda s: edit(s / "test/mass/zarr.json", lambda m: m["shape"].__setitem__(0, 12)),
            "test/mass/zarr.json",
            "in: shape",
        ),
        (
            lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"]["palette"].reverse()),
            "test/zarr.json",
            "differs from the schema in: attribute palette",
        ),
        (
            lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"].update(split="val")),
            "test/zarr.json",
            "attribute split",
        ),
        (
            lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"]["spec"].update(seed=7)),
            "test/zarr.json",
            "attribute spec",
        ),
        (
            lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"]["spec"].update(rule="latest")),
            "test/zarr.json",
            "attribute spec",
        ),
        (
            lambda s: edit(s / "test/zarr.json", lambda m: m["attributes"]["versions"].update(numpy="9")),
            "test/zarr.json",
            "attribute versions",
        ),
    ],
)
def test_what_is_wrong_with_the_files_is_named(store, spoil, where, what):
    spoil(store)
    problems = verify(store)
    assert any(problem.where == where and re.search(what, problem.what) for problem in problems), problems


def other_color(answer):
    answer[-1, 0] = 2 + (answer[-1, 0] - 1) % 5


def up_one(values):
    values.flat[0] = np.nextafter(values.flat[0], np.float32(np.inf))


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("answer", other_color, "answer isn't what rule frequent gives for its blinks"),
        ("blink_ball", lambda v: v.__setitem__(3, 3), "blink_ball names a ball that isn't there"),
        ("blink_color", lambda v: v.__setitem__(3, 7), "blink_color is no colour of the palette"),
        ("blink_ball", lambda v: v.__setitem__(3, -1), "blink_color is no colour of the palette"),
    ],
)
def test_every_answer_is_checked_sampled_or_not(store, name, change, what):
    forge(store, name, 5, change)
    assert verify(store, samples=2) == [Problem("test episode 5", what, "test", 1, content=True)]


@pytest.mark.parametrize(
    ("name", "change", "what"),
    [
        ("frames", lambda v: v.__setitem__((2, 0, 0), 6), "frame 3 isn't what its positions and blink paint"),
        ("target", lambda v: v.__setitem__((0, 0), 6), "target isn't what its positions and last answers paint"),
        ("position", up_one, "isn't what the spec gives: position"),
        ("velocity", up_one, "isn't what the spec gives: velocity"),
        ("mass", up_one, "isn't what the spec gives: mass"),
    ],
)
def test_sampled_episodes_are_painted_and_made_again(store, name, change, what):
    forge(store, name, 9, change)
    problems = verify(store, samples=2)  # the first and the last
    assert Problem("test episode 9", what, "test", 2, content=True) in problems
    assert {problem.where for problem in problems} == {"test episode 9"}
    assert verify(store, samples=0) == []


def test_a_wrong_rule_is_found_though_the_generator_believes_it(tmp_path, monkeypatch):
    """The answers are checked by other code: a rule that is wrong everywhere is found."""

    class Latest(Rule):
        def answers(self, blinks, balls):
            answers = np.ones((len(blinks.ball), balls), np.uint8)
            for t, (ball, color) in enumerate(zip(blinks.ball, blinks.color, strict=True)):
                answers[t:, ball] = color
            return answers

    monkeypatch.setitem(generators.episode.RULES, "earliest", Latest())
    generate(replace(SPEC, rule="earliest"), tmp_path / "s", {"test": 20}, workers=1)
    assert any("answer isn't what rule earliest gives" in problem.what for problem in verify(tmp_path / "s"))


def test_many_problems_are_cut_short(tmp_path, monkeypatch):
    generate(SPEC, tmp_path / "s", {"test": 150}, workers=1)
    monkeypatch.setitem(ANSWERS, "frequent", lambda given: 1)
    problems = verify(tmp_path / "s", samples=0)
    assert len(problems) == 101
    assert "and more" in problems[-1].what


def test_splits_of_two_datasets_are_no_store(made, store, tmp_path):
    generate(replace(SPEC, seed=5), tmp_path / "other", {"val": 3}, workers=1, shard_episodes=4)
    for name in ("val", "commits/val"):
        shutil.rmtree(store / name)
        shutil.copytree(tmp_path / "other" / name, store / name)
    assert verify(store) == [Problem("test/zarr.json", "is of another dataset than val", "test")]


def test_no_store_no_verdict(made, tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        verify(tmp_path / "nowhere")
    with pytest.raises(StoreError, match="no split 'train'; it has: val, test"):
        verify(made, splits=["train"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match="holds no split yet"):
        verify(tmp_path / "empty")


@pytest.mark.parametrize("rule", RULES)
@given(
    balls=st.integers(1, 4),
    blinks=st.lists(st.tuples(st.integers(-1, 3), st.integers(2, 4)), min_size=1, max_size=12),
)
def test_oracle_and_rules_agree(rule, balls, blinks):
    """Every rule has its oracle, written apart from it. (Few colours and balls, so that ties are many.)"""
    ball = np.array([min(b, balls - 1) for b, _ in blinks], np.int16)
    color = np.where(ball < 0, 1, [c for _, c in blinks]).astype(np.uint8)
    expected = running_answers(rule, ball, color, balls)
    np.testing.assert_array_equal(RULES[rule].answers(Blinks(ball, color), balls), expected, strict=True)


@given(seed=st.integers(0, 2**32), balls=st.integers(1, 5))
def test_oracle_and_raster_agree(seed, balls):
    rng = np.random.default_rng(seed)
    position = rng.uniform(-3, 19, (1, balls, 2)).astype(np.float32).round(int(rng.integers(0, 3)))
    radius = rng.uniform(0.5, 6, balls).astype(np.float32).round(int(rng.integers(0, 2)))
    colors = rng.integers(1, 7, (1, balls)).astype(np.uint8)
    expected = painted(position[0], radius, colors[0], 16)
    np.testing.assert_array_equal(rasterize(position, radius, colors, 16)[0], expected)


def test_a_store_without_blinks_is_checked_as_any_other(tmp_path):
    spec = replace(SPEC, rule="none", colors=0, world=replace(WORLD, mass="random"))
    out = tmp_path / "white"
    generate(spec, out, {"test": 5}, workers=1, shard_episodes=2)
    assert verify(out) == []
    again = generate(spec, out, {"test": 5}, workers=1, shard_episodes=2)
    assert (again.made, again.kept) == (0, 5)

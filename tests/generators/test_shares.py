"""A store made in shares is the store made at once, whoever makes which share, and when."""

import os
import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.bucket import FolderBucket
from generators.engine import finalize, generate
from generators.errors import StoreError
from generators.planning import plans_for, share_of, spelled
from generators.spec import Spec
from generators.store import StoreReader
from generators.verify import verify
from generators.worlds import BouncingWorld

SPEC = Spec(context_frames=3, seed=1, world=BouncingWorld(balls=2, size=12, radius=(2.0, 2.0), speed=(1.0, 1.0)))
COUNTS = {"train": 5, "test": 3}  # shards of 2: 0 to 2 of train, 3 and 4 of test


@pytest.fixture(autouse=True)
def fast_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def share(out, a, b, counts=COUNTS, **options):
    return generate(SPEC, out, counts, workers=1, shard_episodes=2, shards=(a, b), **options)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "s"
    generate(SPEC, out, COUNTS, workers=1, shard_episodes=2)
    return out


@pytest.mark.parametrize("shares", [[(0, None)], [(3, None), (0, 3)], [(4, 9), (2, 3), (0, 4)]], ids=str)
def test_shares_make_the_same_bytes(whole, tmp_path, shares):
    told = []
    for a, b in shares:
        result = share(tmp_path / "s", a, b, progress=lambda done, total: told.append((done, total)))
        assert (result.made + result.kept, result.made + result.kept) == told[-1]
    plans = finalize(tmp_path / "s")
    assert [(plan.split, plan.shards) for plan in plans] == [("train", 3), ("test", 2)]
    assert tree(tmp_path / "s") == tree(whole)
    assert finalize(tmp_path / "s") == plans


def test_what_is_missing_is_said_and_nothing_read(tmp_path):
    share(tmp_path / "s", 1, 3)
    with pytest.raises(StoreError, match=r"lacks 3 of 5 shards: 0:1, 3:5; make them with --shards") as caught:
        finalize(tmp_path / "s")
    assert "\n" not in str(caught.value)
    with pytest.raises(StoreError, match="isn't complete"):
        StoreReader(tmp_path / "s", "train")


def test_a_share_keeps_what_is_there_and_deletes_nothing(whole, tmp_path):
    store = shutil.copytree(whole, tmp_path / "s")
    (store / "commits/train/000001.json").unlink()
    (store / "test/mass/c/9").write_text("another share's, in the making")
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}
    result = share(store, 0, 2)
    assert (result.made, result.kept) == (2, 2)
    after = {path: path.stat().st_mtime_ns for path in store.rglob("*") if path.is_file()}
    made = set(store.glob("train/*/c/1/**/*"))
    assert {path for path in before if after.get(path) != before[path]} == made & set(before)
    finalize(store)
    assert tree(store) == tree(whole)


def test_shares_let_a_store_grow(tmp_path):
    generate(SPEC, tmp_path / "s", COUNTS, workers=1, shard_episodes=2)
    grown = {"train": 9, "val": 1, "test": 3}
    for a in range(0, 8, 3):
        share(tmp_path / "s", a, a + 3, grown)
    finalize(tmp_path / "s")
    generate(SPEC, tmp_path / "fresh", grown, workers=1, shard_episodes=2)
    assert tree(tmp_path / "s") == tree(tmp_path / "fresh")


def test_shares_run_at_once_and_nobody_else(tmp_path):
    bucket = FolderBucket(tmp_path / "s")
    with bucket.locked(shared=True):
        share(bucket.root, 0, 3)
        with pytest.raises(StoreError, match=f"being written by process {os.getpid()}"):
            finalize(bucket.root)
        with pytest.raises(StoreError, match="being written"):
            generate(SPEC, bucket.root, COUNTS, workers=1, shard_episodes=2)
        share(bucket.root, 3, None)
    finalize(bucket.root)
    assert not (bucket.root / ".lock").exists()


@pytest.mark.slow
def test_processes_that_share_from_nothing(whole, tmp_path):
    """Five at once, each with a share and none there before: who comes first makes the plan."""
    code = (
        "import sys\nfrom generators.engine import generate\nfrom generators.spec import parse_spec\n"
        f"generate(parse_spec({SPEC.to_json()!r}), {str(tmp_path / 's')!r}, {COUNTS!r}, workers=1, shard_episodes=2,"
        " shards=(int(sys.argv[1]), int(sys.argv[1]) + 1))\n"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(number)]) for number in range(5)]
    assert [run.wait(timeout=120) for run in runs] == [0] * 5
    finalize(tmp_path / "s")
    assert tree(tmp_path / "s") == tree(whole)
    assert verify(tmp_path / "s") == []


def test_a_share_with_other_options_is_refused(tmp_path):
    share(tmp_path / "s", 0, 1)
    for options in ({"counts": {"train": 3}}, {"counts": COUNTS, "overwrite": True}):
        with pytest.raises(ValueError, match=r"more than the 3 asked for|can't overwrite"):
            share(tmp_path / "s", 0, 1, **options)
    finished = tree(tmp_path / "s")
    with pytest.raises(ValueError, match=r"shards 5: are none of the 5 shards of this dataset \(0:5\)"):
        share(tmp_path / "s", 5, None)
    assert tree(tmp_path / "s") == finished


@given(
    counts=st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any),
    long=st.integers(1, 4),
    cuts=st.lists(st.integers(0, 30), max_size=4),
)
def test_shares_cover_every_shard_once(counts, long, cuts):
    plans = plans_for(SPEC, dict(zip(("train", "val", "test"), counts, strict=True)), long, {})
    every = [(plan.split, shard) for plan in plans for shard in range(plan.shards)]
    ends = sorted({0, len(every), *(cut for cut in cuts if cut < len(every))})
    shares = [share_of(plans, (a, b)) for a, b in zip(ends, [*ends[1:-1], None], strict=False)]
    assert [(plan.split, shard) for some in shares for plan, part in some for shard in part] == every
    assert [plan.range(shard) for plan in plans for shard in range(plan.shards)] == [
        (start, min(plan.episodes, start + long)) for plan in plans for start in range(0, plan.episodes, long)
    ]


def test_no_share_changes_a_plan_under_another(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("generators.engine.PATIENCE", 0.3)
    store = shutil.copytree(whole, tmp_path / "s")
    (store / "commits/train/000001.json").unlink()
    with FolderBucket(store).locked(shared=True):
        with pytest.raises(StoreError, match="is being written by"):
            share(store, 0, 1, {"train": 50, "test": 3})
        with pytest.raises(StoreError, match="more than the 3 asked for"):
            share(store, 0, 1, {"train": 3, "test": 3})
        share(store, 0, 5)
    assert tree(store) == tree(whole)


def test_numbers_are_spelled_as_ranges():
    assert spelled([0, 1, 2, 5, 7, 8]) == "0:3, 5:6, 7:9"
    assert spelled(range(0, 40, 2), most=2) == "0:1, 2:3 and 18 ranges more"

"""SIGKILL at any instant, then the same commands again: the store is as if nothing had happened."""

import os
import random
import shutil
import signal
import time
from contextlib import suppress

import pytest

from tests.torture.harness import Changes, committed, generate, read, records, same, stamps, tree

SHARDS = 7  # of the whole store
MOMENT = 0.01  # seconds; what a shard takes
BEFORE = {"fresh": None, "in shares": None, "growing": {"test": 3}, "overwriting": {"seed": 1}}  # what lies there


def commands(name, store, workers):
    """The command lines of a run, one after the other."""
    if name == "in shares":
        return [generate(store, "--shards", share, workers=workers) for share in ("0:3", "3:")] + [("finalize", store)]
    return [generate(store, *["--overwrite"] * (name == "overwriting"), workers=workers)]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", BEFORE)
def test_a_killed_run_goes_on_to_the_same_bytes(name, workers, bcb, made, tmp_path, kills, seed, tally):
    rng, store = random.Random(f"{seed} {name} {workers}"), tmp_path / "s"
    lines = commands(name, store, workers)
    before, whole = BEFORE[name] and made(**BEFORE[name]), tree(made())
    allowed = [read(folder) for folder in (made(), before) if folder]
    rows = tally["kills"][f"{name}, {workers} worker{'s'[: workers > 1]}"]

    begin_with(before, store)
    changes = Changes(store)
    for line in lines:
        assert bcb.start(*line).wait(changes.look).code == 0
    assert tree(store) == whole

    left = -(-kills * {1: 3, 2: 1}[workers] // (4 * len(BEFORE)))  # workers take long to start
    while left:
        begin_with(before, store)
        kept, state, to_come = {}, None, changes.seen
        while left and (state is None or rng.random() < 0.5):  # half of the killed are killed again
            at_change, at_commit = rng.randint(0, to_come), rng.randint(0, SHARDS - len(kept) // 10)
            due = (at_change, SHARDS + 1) if rng.random() < 0.5 else (10**9, at_commit)
            victim, seen = killed(bcb, lines, store, due, rng)
            if victim is None:
                break
            assert kept.items() <= stamps(store).items(), f"made again what was committed: {state}"
            rows["killed"] += 1
            rows["again"] += state is not None
            rows[victim] += 1
            state = fell_in(store, before, whole)
            rows[state] += 1
            check_readers(store, allowed)
            kept = {} if name == "overwriting" else sound_shards(store, whole)  # which begins anew
            left, to_come = left - 1, max(1, to_come - seen)
        for line in lines:
            assert bcb(*line).code == 0, state
        assert tree(store) == whole, state
        assert kept.items() <= stamps(store).items(), f"made again what was committed: {state}"


def begin_with(before, store):
    """Lay the store that was there before, or none."""
    shutil.rmtree(store, ignore_errors=True)
    if before:
        shutil.copytree(before, store)


def killed(bcb, lines, store, due, rng) -> tuple[str | None, int]:
    """Run command lines, and kill after so many changes of the folder or so many commits: who was killed, and changes.

    None where all ended before.
    """
    changes = Changes(store)
    for line in lines:
        run, now = bcb.start(*line), False
        while not now and not run.ended:
            changes.look()
            now = changes.seen >= due[0] or changes.commits >= due[1]
        time.sleep(rng.uniform(0, MOMENT) if now else 0)
        victim = kill(run, rng) if now else None
        done = run.wait()
        if done.code:
            assert done.code == -signal.SIGKILL or (victim == "a worker" and "worker process died" in done.refused)
            return victim, changes.seen
    return None, changes.seen


def kill(run, rng) -> str:
    """Kill it with all its processes at once, or one of them."""
    workers = run.workers()
    victim = rng.choice(["all", "the driver", "a worker"]) if workers else "all"
    if victim == "all":
        run.kill()
    else:
        with suppress(ProcessLookupError):  # ended while we looked
            os.kill(run.pid if victim == "the driver" else rng.choice(workers), signal.SIGKILL)
    return victim


def check_readers(store, allowed) -> None:
    """Each split is refused, or is all there."""
    for split, found in read(store).items():
        assert found is None or any(same(found, other[split]) for other in allowed), split


def sound_shards(store, whole) -> dict:
    """The stamps of the committed files, after a look that they are what was committed."""
    kept = committed(store, whole)
    right = [path for path in records(store) if path.read_bytes() == whole.get(str(path.relative_to(store)))]
    assert len(kept) == 10 * len(right)  # nine arrays and a record each
    return kept


def fell_in(store, before, whole) -> str:
    """What a kill left, in words."""
    found = {key: data for key, data in tree(store).items() if data != b"/" and not key.startswith(".")}
    if before and found == {key: data for key, data in tree(before).items() if data != b"/"}:
        return "as before"
    if not found:
        return "nothing"
    if not records(store):
        return "metadata"
    return "some shards" if len(records(store)) < SHARDS else "all shards"

"""SIGKILL at any instant, then the same command again: the store is as if nothing had happened."""

import os
import random
import shutil
import signal
import time

import pytest

from tests.torture.harness import Changes, committed, generate, read, records, same, stamps, tree

SMALLER = {"train": 4, "test": 3}
RUNS = {  # name: what lies there before (options and counts), what the run is called with
    "fresh": (None, ()),
    "growing": (((), SMALLER), ()),
    "overwriting": ((("--seed", 1), {}), ("--overwrite",)),
}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("name", RUNS)
def test_a_killed_run_goes_on_to_the_same_bytes(name, workers, bcb, made, tmp_path, kills, seed, tally):
    earlier, options = RUNS[name]
    before = made(*earlier[0], **earlier[1]) if earlier else None
    rng = random.Random(f"{seed} {name} {workers}")
    whole = tree(made())
    allowed = [read(store) for store in (made(), before) if store]
    command = generate(tmp_path / "s", *options, workers=workers)
    rows = tally["kills"][f"{name}, {workers} worker{'s'[: workers > 1]}"]

    begin_with(before, tmp_path / "s")
    changes = Changes(tmp_path / "s")
    assert bcb.start(*command).wait(changes.look).code == 0
    assert tree(tmp_path / "s") == whole
    every = changes.seen

    left = -(-kills * {1: 3, 2: 1}[workers] // (4 * len(RUNS)))  # starting workers takes long
    while left:
        begin_with(before, tmp_path / "s")
        kept, again, at_most = {}, "", every
        while True:
            changes = Changes(tmp_path / "s")
            run, instant = bcb.start(*command), rng.randint(0, at_most)
            while changes.seen < instant and not run.ended:
                changes.look()
            time.sleep(rng.uniform(0, 0.005))
            victim = kill(run, rng)
            at_most = max(1, at_most - changes.seen)
            done = run.wait()
            if done.code == 0:
                break
            if victim == "a worker" and done.code == 2:
                assert "worker process died" in done.refused
            else:
                assert done.code == -signal.SIGKILL
            state = fell_in(tmp_path / "s", before, whole)
            rows[state] += 1
            rows["killed " + victim] += 1
            rows["of them resumed runs"] += bool(again)
            for split, found in read(tmp_path / "s").items() if (tmp_path / "s").exists() else ():
                assert found is None or any(same(found, other[split]) for other in allowed), (split, state)
            if not options:  # overwriting begins anew
                now = stamps(tmp_path / "s")
                assert kept.items() <= now.items(), f"a committed file was made again, {state}"
                kept = {key: now[key] for key in committed(tmp_path / "s", whole)}
            left, again = left - 1, state
            if not left or rng.random() < 0.5:
                assert bcb(*command).code == 0
                break
        assert tree(tmp_path / "s") == whole, again
        assert kept.items() <= stamps(tmp_path / "s").items(), f"a committed file was made again, {again}"


def begin_with(before, store):
    """Lay the store that was there before, or none."""
    shutil.rmtree(store, ignore_errors=True)
    if before:
        shutil.copytree(before, store)


def kill(run, rng) -> str:
    """Kill it: most often with all its processes at once, else only some."""
    workers = run.workers()
    victim = rng.choice(["all", "all", "the driver", "a worker"]) if workers else "all"
    if victim == "all":
        run.kill()
    else:
        os.kill(run.pid if victim == "the driver" else rng.choice(workers), signal.SIGKILL)
    return victim


def fell_in(store, before, whole) -> str:
    """What a kill left, in words."""
    found = tree(store) if store.exists() else {}
    there = {key for key, data in found.items() if data != b"/" and not key.startswith(".")}
    if before and {key: found[key] for key in there} == {k: v for k, v in tree(before).items() if v != b"/"}:
        return "as before"
    if not there:
        return "nothing"
    shards, asked = len(records(store)), sum(key.startswith("commits/") and key[-6].isdigit() for key in whole)
    if not shards:
        return "metadata"
    return "some shards" if shards < asked else "all shards"

"""Somebody else spoils a store that isn't finished: a clear line or a whole store, and the next run makes it good."""

import os
import random
import shutil
import signal

import pytest

from tests.torture.harness import Changes, committed, generate, read, same, stamps, tree

WAYS = ("missing", "cut", "flipped", "folder gone", "store gone")


@pytest.mark.parametrize("when", ["between runs", "while a run goes on"])
def test_a_meddled_store_is_made_whole(when, bcb, made, tmp_path, kills, seed, tally):
    rng, store, whole = random.Random(f"{seed} {when}"), tmp_path / "s", tree(made())
    good = read(made())
    for number in range(max(len(WAYS), kills // 2)):
        shutil.rmtree(store, ignore_errors=True)
        way, changes = WAYS[number % len(WAYS)], Changes(store)
        run, instant = bcb.start(*generate(store)), rng.randint(10, 90)
        while changes.seen < instant and not run.ended:
            changes.look()
        if when == "between runs":
            run.kill()
            run.wait()
            spoilt = meddle(store, way, rng)
        else:
            os.kill(run.pid, signal.SIGSTOP)
            spoilt = meddle(store, way, rng)
            os.kill(run.pid, signal.SIGCONT)
            done = run.wait()
            assert done.code == 0 or done.refused
        for split, found in read(store).items():
            assert found is None or same(found, good[split]), spoilt
        kept = committed(store, whole)
        done = bcb(*generate(store))
        assert done.code == 0, (spoilt, done)
        assert tree(store) == whole, spoilt
        assert kept.items() <= stamps(store).items(), spoilt
        tally["meddling"][when][way] += 1


def meddle(store, way, rng) -> str:
    """Spoil something of the store, whatever it is; returns what was done."""
    files = [path for path in store.rglob("*") if path.is_file() and path.name != ".lock"]
    if way == "store gone" or not files:
        shutil.rmtree(store)
        return way
    path = rng.choice(files)
    if way == "missing":
        path.unlink()
    elif way == "folder gone":
        shutil.rmtree(path.parent)
    else:
        data = bytearray(path.read_bytes()) or bytearray(1)
        at = rng.randrange(len(data))
        data[at] ^= rng.randrange(1, 256)
        path.write_bytes(data[:at] if way == "cut" else data)
    return f"{path.relative_to(store)} {way}"
    assert not failures, failures

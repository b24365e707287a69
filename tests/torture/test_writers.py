"""One writer at a time, and a dead one holds nothing."""

import os
import random
import signal
import socket
import time

from tests.torture.harness import generate, records, stamps, tree


def stopped(bcb, command, store, seconds):
    """A writer that stands still in the midst of its work."""
    run = bcb.start(*command)
    while not (store / ".lock").exists() or not (store / ".lock").read_text():
        time.sleep(0.0005)
    time.sleep(seconds)
    os.kill(run.pid, signal.SIGSTOP)
    return run


def test_a_second_writer_is_refused_by_name_of_the_first(bcb, made, tmp_path, seed):
    rng, store, whole = random.Random(f"{seed} writers"), tmp_path / "s", tree(made())
    first = stopped(bcb, generate(store), store, rng.uniform(0, 0.05))
    before = stamps(store)
    for more in ((), ("--overwrite",)):
        refused = bcb(*generate(store, *more)).refused
        assert f"process {first.pid} on {socket.gethostname()}" in refused
    assert stamps(store) == before
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait().code == 0
    assert tree(store) == whole


def test_a_dead_writer_blocks_nobody(bcb, made, tmp_path, seed):
    rng, store, whole = random.Random(f"{seed} dead writers"), tmp_path / "s", tree(made())
    first = stopped(bcb, generate(store), store, rng.uniform(0, 0.05))
    first.kill()
    assert first.wait().code == -signal.SIGKILL
    assert (store / ".lock").exists()
    assert bcb(*generate(store)).code == 0
    assert tree(store) == whole


def test_of_many_writers_at_once_each_has_all_or_is_refused(bcb, made, tmp_path):
    whole = tree(made())
    for _ in range(3):
        store = tmp_path / "s"
        for done in [run.wait() for run in [bcb.start(*generate(store)) for _ in range(4)]]:
            assert done.code == 0 or "is being written by" in done.refused
        assert tree(store) == whole


def test_shares_write_at_once_and_one_is_killed(bcb, made, tmp_path, seed, kills, tally):
    rng, whole = random.Random(f"{seed} shares"), tree(made())
    for number in range(max(2, kills // 10)):
        store = tmp_path / str(number)
        lines = [generate(store, "--shards", share) for share in ("0:3", "3:5", "5:")]
        runs = [bcb.start(*line) for line in lines]
        victim = rng.randrange(3)
        time.sleep(rng.uniform(0, 0.3))
        runs[victim].kill()
        codes = [run.wait().code for run in runs]
        assert [code for code in codes if code] in ([], [-signal.SIGKILL])
        if codes[victim] and len(records(store)) < 7:
            assert "lacks" in bcb("finalize", store).refused
        assert bcb(*lines[victim]).code == 0
        assert bcb("finalize", store).code == 0
        assert tree(store) == whole
        tally["kills"]["three shares at once"]["killed"] += codes[victim] < 0

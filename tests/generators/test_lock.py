"""One writer at a time; a dead one holds nothing."""

import os
import signal
import socket
import time

import pytest

from generators.bucket.flock import locked_folder as locked
from generators.errors import StoreError


def in_child(function):
    """Run a function in a forked child; returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    try:
        function()
    finally:
        os._exit(0)


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    store = tmp_path / "s"
    with locked(store):
        with pytest.raises(StoreError, match=f"process {os.getpid()} on {socket.gethostname()}"), locked(store):
            pass
        assert (store / ".lock").exists()  # the second took nothing away
    with locked(store):
        pass


def test_the_lock_leaves_nothing_behind(tmp_path):
    with locked(tmp_path / "s"):
        pass
    assert not (tmp_path / "s").exists()
    with locked(tmp_path / "s"):
        (tmp_path / "s/data").write_text("")
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["data"]
    with pytest.raises(RuntimeError), locked(tmp_path):
        raise RuntimeError
    assert tmp_path.exists()  # it was there before


def test_a_killed_writer_holds_nothing(tmp_path):
    def die():
        with locked(tmp_path / "s"):
            os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(in_child(die), 0)
    assert (tmp_path / "s/.lock").exists()
    with locked(tmp_path / "s"):
        pass
    assert not (tmp_path / "s/.lock").exists()


def test_never_two_at_once(tmp_path):
    """Several processes take and leave the lock as fast as they can; each holder finds itself alone."""
    counter = tmp_path / "counter"
    counter.write_text("0")

    def count():
        left = 60
        while left:
            try:
                with locked(tmp_path):
                    value = int(counter.read_text())
                    counter.write_text(str(value + 1))
            except StoreError:
                time.sleep(0.0002)
            else:
                left -= 1

    for pid in [in_child(count) for _ in range(3)]:
        assert os.waitpid(pid, 0)[1] == 0
    assert counter.read_text() == "180"


def test_those_who_share_write_together_and_nobody_else(tmp_path):
    store = tmp_path / "s"
    with locked(store, shared=True):
        with locked(store, shared=True), pytest.raises(StoreError, match=f"process {os.getpid()}"), locked(store):
            pass
        assert (store / ".lock").exists()  # the one who left first took nothing away
        with pytest.raises(StoreError, match=f"process {os.getpid()}"), locked(store):
            pass
    assert not store.exists()


def test_who_shares_waits_a_moment_for_one_who_is_leaving(tmp_path):
    def leave():
        with locked(tmp_path):
            (tmp_path / "taken").touch()
            time.sleep(0.2)

    child = in_child(leave)
    while not (tmp_path / "taken").exists():
        time.sleep(0.001)
    with locked(tmp_path, shared=True):
        pass
    assert os.waitpid(child, 0)[1] == 0


def test_who_shares_is_told_who_holds_it_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("generators.bucket.flock.PATIENCE", 0.01)
    with (
        locked(tmp_path),
        pytest.raises(StoreError, match=f"process {os.getpid()} on {socket.gethostname()}"),
        locked(tmp_path, shared=True),
    ):
        pass


def test_a_killed_one_of_those_who_share_holds_nothing(tmp_path):
    def die():
        with locked(tmp_path, shared=True):
            os.kill(os.getpid(), signal.SIGKILL)

    with locked(tmp_path, shared=True):
        os.waitpid(in_child(die), 0)
    with locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []

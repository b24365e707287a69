"""The threads that share a kernel's work."""

import os
import signal
import threading

import numpy as np
import pytest
import torch

from slotssm.scan.cpu import threads


@pytest.fixture
def with_threads(monkeypatch):
    """Sets torch's number of threads, for this test; and any work is worth sharing."""
    monkeypatch.setattr(threads, "WORTH", 1)
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def done(batch: int) -> np.ndarray:
    """How often each sequence was worked on."""
    times = np.zeros(batch, int)

    def kernel(first, last, cuts):
        times[cuts[first] : cuts[last]] += 1

    threads.over(kernel, threads.groups(batch), batch)
    return times


def ours() -> int:
    return sum(thread.name.startswith("scan") for thread in threading.enumerate())


def test_one_pool_serves_any_number_of_threads(with_threads):
    for count in (1, 2, 3, 5, 64, 2):
        with_threads(count)
        assert (done(100) == 1).all()
    assert ours() <= max(1, (os.cpu_count() or 1) - 1)


def test_what_a_share_raises_is_raised_and_the_next_call_works(with_threads):
    with_threads(3)

    def kernel(first, last, cuts):
        if last == len(cuts) - 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.over(kernel, threads.groups(10), 10)
    assert (done(10) == 1).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(with_threads):
    with_threads(2)
    assert (done(10) == 1).all()
    child = os.fork()
    if not child:
        signal.alarm(60)  # threads that are only remembered would be waited for for ever
        os._exit(0 if (done(10) == 1).all() else 1)
    assert os.waitpid(child, 0)[1] == 0

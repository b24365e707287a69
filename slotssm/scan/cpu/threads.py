"""A kernel over many sequences, shared among plain threads: numba's and torch's own thread pools never meet.

Every group of sequences is computed whole by one thread, and the groups depend on nothing but the batch: so the
results do not depend on how many threads there are.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from itertools import pairwise

import numpy as np
import torch

GROUPS = 64  # at most: every group has sums of its own (gradients of what the sequences share), which cost memory
WORTH = 2_000_000  # multiplications below which another thread costs more than it brings


def groups(batch: int) -> np.ndarray:
    """The first sequence of every group, and the end: as many groups as GROUPS and the batch allow."""
    count = min(batch, GROUPS)
    return np.arange(count + 1) * batch // count


def over(kernel: Callable[..., None], cuts: np.ndarray, work: int, *arguments: object) -> None:
    """Run kernel(first, last, cuts, *arguments) over all groups, a share to each of torch's number of threads.

    work: multiplications, about. The kernel must release the GIL.
    """
    count = len(cuts) - 1
    threads = min(torch.get_num_threads(), count, max(1, work // WORTH))
    shares = list(pairwise(count * share // threads for share in range(threads + 1)))
    jobs = [_pool.submit(kernel, *share, cuts, *arguments) for share in shares[1:]]
    try:
        kernel(*shares[0], cuts, *arguments)
    finally:
        wait(jobs)  # whatever happens: they write into what the caller holds
    for job in jobs:
        job.result()


def _fresh_pool() -> None:
    """One for the process, and a new one after a fork, which no thread survives. Threads start as they are needed."""
    global _pool
    _pool = ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, GROUPS) - 1), thread_name_prefix="scan")


_fresh_pool()
if hasattr(os, "register_at_fork"):  # where there is fork
    os.register_at_fork(after_in_child=_fresh_pool)

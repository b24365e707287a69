"""A kernel over many sequences, shared among plain threads: numba's and torch's own thread pools never meet.

Every group of sequences is computed whole by one thread, and the groups depend on nothing but the batch: so the
results do not depend on how many threads there are.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
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
    jobs = [_pool(os.getpid(), threads - 1).submit(kernel, *share, cuts, *arguments) for share in shares[1:]]
    try:
        kernel(*shares[0], cuts, *arguments)
    finally:
        wait(jobs)  # whatever happens: they write into what the caller holds
    for job in jobs:
        job.result()


@cache
def _pool(pid: int, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="scan")  # one per process: threads do not survive a fork

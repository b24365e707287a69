"""A process that measures itself."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Until the `with` ends, torch uses so many threads, our kernels with it, and the rubbish collector looks at what
    is new only: all that was imported would cost it more than many a thing that is measured.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        torch.set_num_threads(before)

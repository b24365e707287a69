"""What a way to load episodes is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from bcb.bench.loading.workload import Window, Workload
from generators.store import StoreReader

Batch = tuple[np.ndarray, ...]  # frames uint8 (item, time, y, x); of whole episodes also target uint8 (item, y, x)


class Reader(Protocol):
    """Reads anything, in any order. Pickles until it has read; opens its files in the process that reads."""

    def episodes(self, indices: Sequence[int]) -> Batch: ...

    def windows(self, windows: Sequence[Window]) -> Batch:
        """Windows of one length."""
        ...


class Stream(Protocol):
    """Reads all items of a workload in the order in which they lie, in batches. Pickles likewise."""

    def batches(self, workload: Workload, seed: int) -> Iterator[Batch]: ...


@dataclass(frozen=True)
class Format:
    """A way to load episodes.

    needs: the packages it takes, as they are installed.
    write: writes frames and targets of all episodes to a folder; None for what reads our store.
    open:  the folder of the format, or of a split of our store → what reads it.
    """

    needs: tuple[str, ...]
    open: Callable[[Path], Reader | Stream]
    write: Callable[[StoreReader, Path], None] | None = None

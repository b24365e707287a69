"""Our own reader on our own store."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Window
from generators.store import StoreReader


@dataclass(frozen=True)
class OurReader:
    """path: of a split."""

    path: Path

    @cached_property
    def _reader(self) -> StoreReader:
        return StoreReader(self.path.parent, self.path.name)

    def episodes(self, indices: Sequence[int]) -> Batch:
        return self._reader.read("frames", indices), self._reader.read("target", indices)

    def windows(self, windows: Sequence[Window]) -> Batch:
        return (np.stack([self._reader.window("frames", w.index, w.start, w.stop) for w in windows]),)

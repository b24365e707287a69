"""tensorstore on our store; all reads of a batch at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Window


@dataclass(frozen=True)
class TensorstoreReader:
    """path: of a split."""

    path: Path

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        import tensorstore

        def opened(name: str) -> Any:
            file = {"driver": "file", "path": str(self.path / name)}
            return tensorstore.open({"driver": "zarr3", "kvstore": file}, open=True, read=True).result()

        return {name: opened(name) for name in ("frames", "target")}

    def episodes(self, indices: Sequence[int]) -> Batch:
        reads = [self._arrays[name][list(indices)].read() for name in ("frames", "target")]
        return tuple(read.result() for read in reads)

    def windows(self, windows: Sequence[Window]) -> Batch:
        frames = self._arrays["frames"]
        reads = [frames[w.index, w.start : w.stop].read() for w in windows]
        return (np.stack([read.result() for read in reads]),)

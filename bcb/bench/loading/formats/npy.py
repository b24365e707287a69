"""Two .npy files, mapped into memory: as little as a format can be; uncompressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Window
from generators.store import StoreReader


@dataclass(frozen=True)
class NpyReader:
    path: Path

    def episodes(self, indices: Sequence[int]) -> Batch:
        return self._open("frames")[indices], self._open("target")[indices]

    def windows(self, windows: Sequence[Window]) -> Batch:
        frames = self._open("frames")
        return (np.stack([frames[w.index, w.start : w.stop] for w in windows]),)

    def _open(self, name: str) -> np.ndarray:
        # Anew for each batch: what is mapped can't be dropped from the page cache.
        return np.load(self.path / f"{name}.npy", mmap_mode="r")


def write_npy(reader: StoreReader, folder: Path) -> None:
    for name in ("frames", "target"):
        shape = reader.read(name, [0]).shape[1:]
        out = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.uint8, (len(reader), *shape))
        for index in range(len(reader)):
            out[index] = reader.read(name, [index])[0]
        out.flush()

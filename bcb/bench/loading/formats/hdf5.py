"""HDF5 through h5py, in the same chunks as our store: one of each episode, cut in time beyond 1 MiB."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Window
from generators.store import StoreReader
from generators.store.schema import layouts

FILE = "episodes.h5"


@dataclass(frozen=True)
class Hdf5Reader:
    path: Path

    @cached_property
    def _file(self) -> Any:
        import h5py

        return h5py.File(self.path / FILE, "r")

    def episodes(self, indices: Sequence[int]) -> Batch:
        return tuple(_read(self._file[name], list(indices)) for name in ("frames", "target"))

    def windows(self, windows: Sequence[Window]) -> Batch:
        return (_read(self._file["frames"], [np.s_[w.index, w.start : w.stop] for w in windows]),)


@dataclass(frozen=True)
class Hdf5Writer:
    """filters: what h5py's create_dataset takes."""

    filters: tuple[tuple[str, Any], ...] = ()

    def __call__(self, reader: StoreReader, folder: Path) -> None:
        import h5py

        with h5py.File(folder / FILE, "w") as file:
            for name in ("frames", "target"):
                layout = layouts(reader.spec)[name]
                shape, chunks = (len(reader), *layout.shape), (1, *layout.chunk)
                array = file.create_dataset(name, shape, np.uint8, chunks=chunks, **dict(self.filters))
                for index in range(len(reader)):
                    array[index] = reader.read(name, [index])[0]


def _read(array: Any, places: Sequence[Any]) -> np.ndarray:
    """What lies at several places of one shape, straight into one array."""
    out = np.empty((len(places), *array[places[0]].shape), np.uint8)
    for to, place in enumerate(places):
        array.read_direct(out, place, np.s_[to])
    return out

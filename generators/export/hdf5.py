"""hdf5: one file a split, for h5py, MATLAB, Julia, and xarray (its axes are named as netCDF 4 names them)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.export.format import check_installed
from generators.export.part import Part
from generators.kinds.balls import ARRAYS
from generators.spec import Spec

if TYPE_CHECKING:
    import h5py


@dataclass(frozen=True)
class Hdf5:
    """`SPLIT.h5`: the arrays of the store under their names, a chunk per episode (cut in time beyond 1 MiB).

    Compressed with gzip, which every HDF5 reads; each chunk has its checksum.
    Attributes: as in dataset.json, and `split`; those that are no number or text are JSON.
    """

    lossy: bool = False

    def check(self, spec: Spec) -> None:
        check_installed("h5py")

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        import h5py

        for part in parts:
            with h5py.File(folder / f"{part.split}.h5", "w") as file:
                for key, value in (about | {"split": part.split}).items():
                    file.attrs[key] = json.dumps(value) if isinstance(value, dict | list) else value
                file.attrs["palette"] = np.array(about["palette"], np.uint8)
                arrays = {name: _make(file, part, name) for name in ARRAYS}
                for index in range(part.count):
                    for name, array in arrays.items():
                        _fill(array, index, part.blocks(name, range(index, index + 1)))
                    part.tick(1)


def _make(file: "h5py.File", part: Part, name: str) -> "h5py.Dataset":
    """An empty array, its axes named and tied to scales that count from 0."""
    layout = part.layouts[name]
    array = file.create_dataset(
        name,
        shape=(part.count, *layout.shape),
        dtype=layout.dtype,
        chunks=(1, *layout.chunk),
        compression="gzip",
        compression_opts=1,
        fletcher32=True,
    )
    for dim, size, axis in zip(ARRAYS[name].dims, array.shape, array.dims, strict=True):
        if dim not in file:
            file.create_dataset(dim, data=np.arange(size)).make_scale(dim)
        axis.label = dim
        axis.attach_scale(file[dim])
    return array


def _fill(array: "h5py.Dataset", index: int, blocks: Iterable[np.ndarray]) -> None:
    """Write one episode: blocks (1, time, …), one after the other."""
    start = 0
    for block in blocks:
        stop = start + block.shape[1]
        array[index, start:stop] = block[0]
        start = stop

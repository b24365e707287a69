"""npz: one file a split, `np.load("test.npz")["frames"]`. Written piece by piece, with nothing but zipfile.

Whoever reads an array reads all of it, so a split should fit in memory; for larger ones there is hdf5.
"""

import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.export.part import Part
from generators.kinds.balls import ARRAYS
from generators.spec import Spec

EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's first; the time of writing would make every file another


@dataclass(frozen=True)
class Npz:
    """`SPLIT.npz`: the arrays of the store under their names, and `spec` (JSON), `fingerprint`, `palette`, `split`."""

    lossy: bool = False

    def check(self, spec: Spec) -> None:
        pass

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        for part in parts:
            write_npz(part, folder / f"{part.split}.npz", ARRAYS, about)
            part.tick(part.count)


def write_npz(part: Part, path: Path, names: Iterable[str], about: dict[str, Any]) -> None:
    """Write some arrays of a split, and what they are, in memory bounded by a block. Doesn't tick."""
    described = {
        "spec": np.array(json.dumps(about["spec"])),
        "fingerprint": np.array(about["fingerprint"]),
        "palette": np.array(about["palette"], np.uint8),
        "split": np.array(part.split),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            layout = part.layouts[name]
            _write(archive, name, layout.dtype, (part.count, *layout.shape), part.blocks(name))
        for name, array in described.items():
            _write(archive, name, array.dtype, array.shape, [array])


def _write(
    archive: zipfile.ZipFile, name: str, dtype: np.dtype, shape: tuple[int, ...], blocks: Iterable[np.ndarray]
) -> None:
    """One .npy of the archive: the header, then the blocks, which follow each other in memory's order."""
    info = zipfile.ZipInfo(f"{name}.npy", EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(info, "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype).tobytes())

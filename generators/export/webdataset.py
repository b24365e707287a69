"""webdataset: tar shards, one sample an episode, every array a .npy that `WebDataset(…).decode()` knows."""

import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.export.part import Part
from generators.kinds.balls import ARRAYS
from generators.spec import Spec

SHARD_BYTES = 2**28


@dataclass(frozen=True)
class WebDataset:
    """`SPLIT-000000.tar`, …: samples `SPLIT-00000012` with `frames.npy`, `target.npy`, … and `json`.

    The JSON holds index, split and fingerprint. A shard is about 256 MiB; how many episodes that is follows from the
    spec. The tars carry no time, no owner.
    """

    lossy: bool = False

    def check(self, spec: Spec) -> None:
        pass

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        for part in parts:
            for shard, indices in enumerate(part.ranges(max(1, SHARD_BYTES // part.episode_bytes))):
                with tarfile.open(folder / f"{part.split}-{shard:06d}.tar", "w") as tar:
                    for index, episode in part.episodes(indices):
                        key = f"{part.split}-{index:08d}"
                        for name in ARRAYS:
                            _add(tar, f"{key}.{name}.npy", _npy(getattr(episode, name)))
                        about_sample = {"index": index, "split": part.split, "fingerprint": about["fingerprint"]}
                        _add(tar, f"{key}.json", json.dumps(about_sample).encode())


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)  # time 0, owner 0
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))

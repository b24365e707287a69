"""zarr-python on our store: with its own codec pipeline, or with that of zarrs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Window


@dataclass(frozen=True)
class ZarrReader:
    """path: of a split.   pipeline: what decodes the chunks; None for zarr's own."""

    path: Path
    pipeline: str | None = None

    @cached_property
    def _group(self) -> Any:
        import zarr

        with zarr.config.set({"codec_pipeline.path": self.pipeline} if self.pipeline else {}):
            group = zarr.open_group(self.path, mode="r")
            return {name: group[name] for name in ("frames", "target")}

    def episodes(self, indices: Sequence[int]) -> Batch:
        # One by one: oindex, which takes them all at once, is 2 to 80 times as slow on sharded arrays (zarr 3.1.6).
        return tuple(np.stack([self._group[name][i] for i in indices]) for name in ("frames", "target"))

    def windows(self, windows: Sequence[Window]) -> Batch:
        frames = self._group["frames"]
        return (np.stack([frames[w.index, w.start : w.stop] for w in windows]),)


def zarrs_reader(path: Path) -> ZarrReader:
    return ZarrReader(path, "zarrs.ZarrsCodecPipeline")

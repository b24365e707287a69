"""WebDataset: tars of uncompressed .npy members, read from one end to the other, as they are meant to be."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bcb.bench.loading.formats.format import Batch
from bcb.bench.loading.workload import Item, Window, Workload
from generators.store import StoreReader

TARS = 4  # so that two workers share them evenly


@dataclass(frozen=True)
class WebDatasetStream:
    path: Path

    def batches(self, workload: Workload, seed: int) -> Iterator[Batch]:
        import webdataset

        items = workload.items(seed)
        urls = sorted(map(str, self.path.glob("*.tar")))
        samples = webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode()  # type: ignore[attr-defined]
        if workload.window is None:
            picked = samples.to_tuple("frames.npy", "target.npy")
        else:
            picked = samples.map(lambda sample: (_window(sample, items[int(sample["__key__"])]),))
        for batch in picked.batched(workload.batch):
            yield tuple(np.asarray(part) for part in batch)


def _window(sample: dict[str, Any], item: Item) -> np.ndarray:
    assert isinstance(item, Window)
    return sample["frames.npy"][item.start : item.stop]


def write_webdataset(reader: StoreReader, folder: Path) -> None:
    import webdataset

    each = -(-len(reader) // TARS)
    for tar in range(TARS):
        with webdataset.TarWriter(str(folder / f"{tar:06d}.tar")) as writer:  # type: ignore[attr-defined]
            for index in range(tar * each, min(len(reader), (tar + 1) * each)):
                parts = {f"{name}.npy": _npy(reader.read(name, [index])[0]) for name in ("frames", "target")}
                writer.write({"__key__": f"{index:08d}", **parts})


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()

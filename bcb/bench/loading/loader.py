"""A format behind a torch DataLoader."""

import multiprocessing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler

from bcb.bench.loading.formats import Batch, Format, Reader, Stream
from bcb.bench.loading.workload import Item, Window, Workload

SEED = 0


class Items(Dataset):
    """Batches by their items."""

    def __init__(self, reader: Reader):
        self.reader = reader

    def __getitems__(self, items: Sequence[Item]) -> Batch:
        windows = [item for item in items if isinstance(item, Window)]
        return (
            self.reader.windows(windows) if windows else self.reader.episodes([i for i in items if isinstance(i, int)])
        )


class Streamed(IterableDataset):
    """All batches, one after another; several workers share the files among them."""

    def __init__(self, stream: Stream, workload: Workload, seed: int):
        self.stream, self.workload, self.seed = stream, workload, seed

    def __iter__(self) -> Iterator[Batch]:
        return self.stream.batches(self.workload, self.seed)


class Chosen(Sampler):
    """The batches that stand in `batches` when an epoch begins."""

    batches: Sequence[Sequence[Item]] = ()

    def __iter__(self) -> Iterator[Sequence[Item]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


class Loader:
    """Passes over a workload, through the same worker processes each time."""

    def __init__(self, form: Format, folder: Path, workload: Workload, workers: int):
        """folder: of the format, or of a split of our store."""
        self._workload = workload
        self._chosen = Chosen()
        opened = form.open(folder)
        streams = hasattr(opened, "batches")
        self._loader = DataLoader(
            Streamed(opened, workload, SEED) if streams else Items(opened),  # type: ignore[arg-type]
            batch_size=None if streams else 1,
            batch_sampler=None if streams else self._chosen,
            collate_fn=tensors,
            num_workers=workers,
            multiprocessing_context=_context() if workers else None,
            persistent_workers=workers > 0,
        )

    def one_pass(self, seed: int = SEED, count: int | None = None) -> Iterator[tuple[Tensor, ...]]:
        """Batches of the workload, the first `count` only: frames uint8 (item, time, y, x), and targets of episodes."""
        self._chosen.batches = self._workload.batches(seed)[:count]
        for number, batch in enumerate(self._loader, 1):
            yield batch
            if number == count:
                return


def tensors(batch: Any) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(array) for array in batch)


def _context():
    """Workers that inherit no thread and no open file, and find torch already loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "bcb.bench.loading.loader"])
    return context

"""Episodes as tensors: patchified steps, and the image to predict after every context frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from generators.episode import targets
from generators.source import Source


def patchify(frames: np.ndarray, patches_per_side: int) -> np.ndarray:
    """Cut frames (time, y, x) in P×P patches, flattened row by row to steps (time · P², y / P, x / P)."""
    time, height, width = frames.shape
    p = patches_per_side
    cut = frames.reshape(time, p, height // p, p, width // p).swapaxes(2, 3)
    return np.ascontiguousarray(cut.reshape(time * p * p, height // p, width // p))


@dataclass(frozen=True)
class EpisodeDataset(Dataset):
    """The episodes of a source (a store's reader or a spec) as tensors; the same from both.

    An item is (steps, targets): steps uint8 (L, p, p), palette classes; targets uint8 (time, y, x),
    one for each context frame. `context_frames` keeps only the first so many frames.
    """

    source: Source
    context_frames: int | None = None

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> tuple[UInt8[Tensor, "l p p"], UInt8[Tensor, "t y x"]]:
        episode = self.source.episode(index)
        n = self.context_frames or len(episode.frames)
        steps = patchify(episode.frames[:n], self.source.spec.patches_per_side)
        return torch.from_numpy(steps), torch.from_numpy(targets(episode)[:n])


@dataclass(frozen=True)
class ShuffledBatches(Sampler[list[int]]):
    """Batches of indices from step `first` to `last`, a new permutation of the data every epoch.

    A batch depends on the seed and its step alone, so a resumed run sees what it would have seen.
    Under torchrun each rank takes its own share of every batch.
    """

    size: int
    batch_size: int
    seed: int
    first: int
    last: int
    rank: int = 0
    world: int = 1

    def __post_init__(self):
        if self.batch_size % self.world:  # shares of unequal size would weigh episodes unequally
            raise ValueError(f"batch size {self.batch_size} can't be shared among {self.world} processes")

    def __len__(self) -> int:
        return max(0, self.last - self.first)

    def __iter__(self) -> Iterator[list[int]]:
        orders: dict[int, np.ndarray] = {}
        for step in range(self.first, self.last):
            batch = []
            for place in range(step * self.batch_size + self.rank, (step + 1) * self.batch_size, self.world):
                epoch, i = divmod(place, self.size)
                if epoch not in orders:
                    orders = {epoch: np.random.default_rng((self.seed, epoch)).permutation(self.size)}
                batch.append(int(orders[epoch][i]))
            yield batch


def loader(dataset: Dataset, batches: Sampler, workers: int) -> DataLoader:
    """A DataLoader over batches of indices. Workers come from a fork server: no inherited threads or open stores."""
    return DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        multiprocessing_context="forkserver" if workers else None,
        persistent_workers=workers > 0,
    )

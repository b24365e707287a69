"""What is loaded: whole episodes or windows of them, every episode of a data set once in a pass."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Window:
    """Frames of episode `index` from `start` to before `stop`."""

    index: int
    start: int
    stop: int


Item = int | Window  # a whole episode, by its index, or a window of one


@dataclass(frozen=True)
class Workload:
    """A data set and what is taken from it, at random.

    frames: context frames of an episode.   episodes: in the data set.   batch: items in a batch.
    window: frames taken of each episode, from a random one on; None for whole episodes with their targets.
    """

    name: str
    frames: int
    episodes: int
    batch: int
    window: int | None = None

    @property
    def item_frames(self) -> int:
        return self.window or self.frames

    def items(self, seed: int) -> list[Item]:
        """An item of every episode, by episode. Windows depend on the seed."""
        if self.window is None:
            return list(range(self.episodes))
        starts = np.random.default_rng(seed).integers(self.frames - self.window + 1, size=self.episodes)
        return [Window(index, start, start + self.window) for index, start in enumerate(starts.tolist())]

    def batches(self, seed: int) -> list[list[Item]]:
        """The items in batches, in random order."""
        items = self.items(seed)
        order = np.random.default_rng((seed, 1)).permutation(len(items)).tolist()
        return [[items[i] for i in order[start : start + self.batch]] for start in range(0, len(order), self.batch)]


WORKLOADS = (
    Workload("short episodes", frames=10, episodes=4096, batch=64),
    Workload("long episodes", frames=640, episodes=256, batch=8),
    Workload("windows of long episodes", frames=640, episodes=256, batch=32, window=16),
)
QUICK_WORKLOADS = (
    Workload("short episodes", frames=10, episodes=12, batch=4),
    Workload("windows of long episodes", frames=300, episodes=6, batch=3, window=16),
)

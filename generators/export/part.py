"""A part of a store on its way out: some episodes of one split, read a few at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from generators.episode import Episode
from generators.spec import Spec
from generators.store import StoreReader
from generators.store.schema import CHUNK_BYTES, ArrayLayout, episode_bytes, layouts

BLOCK_BYTES = 2**24


@dataclass(frozen=True)
class Part:
    """The first `count` episodes of a split.

    tick: called with the number of episodes done since the last call.
    """

    reader: StoreReader
    count: int
    tick: Callable[[int], None]

    @property
    def split(self) -> str:
        return self.reader.split

    @property
    def spec(self) -> Spec:
        return self.reader.spec

    @property
    def layouts(self) -> dict[str, ArrayLayout]:
        """dtype and shape (of one episode) of every array, by name."""
        return layouts(self.spec)

    @property
    def episode_bytes(self) -> int:
        """Raw bytes of one episode, all arrays."""
        return episode_bytes(self.spec)

    def ranges(self, count: int) -> list[range]:
        """The episodes cut in ranges of `count`; the last may be shorter."""
        return [range(start, min(self.count, start + count)) for start in range(0, self.count, count)]

    def episodes(self, indices: range | None = None) -> Iterator[tuple[int, Episode]]:
        """Every episode (of a range) with its index. Counts as done what the caller comes back from."""
        for index in indices or range(self.count):
            yield index, self.reader.episode(index)
            self.tick(1)

    def blocks(self, name: str, indices: range | None = None) -> Iterator[np.ndarray]:
        """One array of all episodes (or a range), in order, in blocks of about 16 MiB. Doesn't tick.

        A block is (episode, …); of an episode that is cut in chunks (1, time, …), some moments of it.
        """
        layout = self.layouts[name]
        indices = indices or range(self.count)
        if layout.pieces == 1:
            rows = max(1, BLOCK_BYTES // layout.episode_bytes)
            for start in range(indices.start, indices.stop, rows):
                yield self.read(name, range(start, min(indices.stop, start + rows)))
            return
        moments = layout.chunk[0] * max(1, BLOCK_BYTES // CHUNK_BYTES)
        for index in indices:
            for start in range(0, layout.shape[0], moments):
                yield self.reader.window(name, index, start, min(layout.shape[0], start + moments))[None]

    def read(self, name: str, indices: range) -> np.ndarray:
        """One array of a range of episodes: (episode, …). Doesn't tick."""
        return self.reader.read(name, slice(indices.start, indices.stop))

"""Reading a store: episodes by index, or whole arrays."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.store.episodes import ShardEpisodes
from generators.store.opening import open_split, spec_of
from generators.store.schema import ARRAYS, layouts

if TYPE_CHECKING:
    from generators.episode import Episode

KEPT_SHARDS = 32  # whose indexes (16–64 KiB an array) a reader keeps in memory


class StoreReader:
    """One split of a store. A `Source`: it has `spec`, `split`, a length and `episode(i)`.

    Pickles to workers as a path and a few numbers. Holds no open file, so it may be forked.
    """

    def __init__(self, path: str | os.PathLike[str], split: str):
        """Raises StoreError, saying what to do, unless the split is there and whole."""
        self.path = Path(os.path.abspath(path))
        self.split = split
        found = open_split(self.path, split)
        self.spec = spec_of(found)
        self.fingerprint = self.spec.fingerprint
        self._episodes = found.episodes
        self._shard_episodes = found.shard_episodes
        self._shards: dict[int, ShardEpisodes] = {}

    def __len__(self) -> int:
        return self._episodes

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_shards": {}}

    def __repr__(self) -> str:
        return f"StoreReader({str(self.path)!r}, {self.split!r}): {len(self)} episodes"

    def episode(self, index: int) -> "Episode":
        """Episode `index`. Raises IndexError beyond the end, StoreError when its bytes are damaged."""
        shard, row = self._place(index)
        return shard.episode(row)

    def read(self, name: str, episodes: slice | Iterable[int] = slice(None)) -> np.ndarray:
        """Array `name` of some episodes: (episode, …), dtype and dimensions as in `ARRAYS`.

        Raises ValueError for an unknown array, IndexError and StoreError as `episode` does.
        """
        if name not in ARRAYS:
            raise ValueError(f"array {name!r} is not one of: {', '.join(ARRAYS)}")
        chosen = range(len(self))[episodes] if isinstance(episodes, slice) else list(episodes)
        layout = layouts(self.spec)[name]
        out = np.empty((len(chosen), *layout.shape), layout.dtype.newbyteorder("="))
        for to, index in enumerate(chosen):
            shard, row = self._place(index)
            out[to] = shard.read(name, row)
        return out

    def _place(self, index: int) -> tuple[ShardEpisodes, int]:
        """The shard that holds an episode, and its row there."""
        if not 0 <= index < len(self):
            raise IndexError(f"episode {index} of {len(self)}")
        number, row = divmod(int(index), self._shard_episodes)
        shard = self._shards.pop(number, None)
        if shard is None:
            shard = ShardEpisodes(self.path / self.split, self.spec, number, self._shard_episodes)
            if len(self._shards) >= KEPT_SHARDS:
                self._shards.pop(next(iter(self._shards)))  # the one used longest ago
        self._shards[number] = shard
        return shard, row

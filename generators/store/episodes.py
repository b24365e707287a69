"""One shard of every array of a split: where episodes are read from."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from generators.spec import Spec
from generators.store.schema import ARRAYS, layouts

if TYPE_CHECKING:
    from generators.episode import Episode
    from generators.store.shard import ShardFile


class ShardEpisodes:
    """The episodes of shard number `shard`. Opens an array when it is first asked for."""

    def __init__(self, folder: Path, spec: Spec, shard: int, shard_episodes: int):
        """folder: of the split."""
        self._folder = folder
        self._layouts = layouts(spec)
        self._shard = shard
        self._shard_episodes = shard_episodes
        self._files: dict[str, ShardFile] = {}

    def read(self, name: str, row: int) -> np.ndarray:
        """Array `name` of the shard's episode number `row`. Raises StoreError when its bytes are damaged."""
        from generators.store.shard import ShardFile  # here, for it loads the codecs

        if name not in self._files:
            layout = self._layouts[name]
            path = self._folder / layout.object_key(self._shard)
            self._files[name] = ShardFile(path, layout, self._shard_episodes)
        return self._files[name].read(row)

    def episode(self, row: int) -> "Episode":
        """The shard's episode number `row`. Raises StoreError when its bytes are damaged."""
        from generators.episode import Episode  # here, for it loads numba

        return Episode(**{name: self.read(name, row) for name in ARRAYS})

"""One shard of every array of a split: where episodes are read from."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.bucket import Bucket
from generators.kinds import kind_of
from generators.store.plan import Plan
from generators.store.schema import layouts

if TYPE_CHECKING:
    from generators.store.shard import ShardFile


class ShardEpisodes:
    """The episodes of shard number `shard`. Opens an array when it is first asked for."""

    def __init__(self, bucket: Bucket, plan: Plan, shard: int):
        self._bucket = bucket
        self._plan = plan
        self._layouts = layouts(plan.spec)
        self._shard = shard
        self._files: dict[str, ShardFile] = {}

    def read(self, name: str, row: int) -> np.ndarray:
        """Array `name` of the shard's episode number `row`. Raises StoreError when its bytes are damaged."""
        return self.window(name, row, 0, self._layouts[name].spans[-1][1])

    def window(self, name: str, row: int, start: int, stop: int) -> np.ndarray:
        """As `read`, of the moments [start, stop) of an array along time; reads only the chunks that hold them."""
        from generators.store.shard import ShardFile  # here, for it loads the codecs

        if name not in self._files:
            layout = self._layouts[name]
            key = f"{self._plan.split}/{layout.object_key(self._shard)}"
            self._files[name] = ShardFile(self._bucket, key, layout, self._plan.shard_episodes)
        return self._files[name].read(row, start, stop)

    def episode(self, row: int) -> Any:
        """The shard's episode number `row`, as its kind has it. Raises StoreError when its bytes are damaged."""
        names, kind = list(self._layouts), kind_of(self._plan.spec)
        if self._bucket.near:
            return kind.episode({name: self.read(name, row) for name in names})
        # All arrays at once: from afar, waiting is what takes the time.
        values = _readers(os.getpid()).map(lambda name: self.read(name, row), names)
        return kind.episode(dict(zip(names, values, strict=True)))


@dataclass(frozen=True)
class StoredEpisode:
    """Episode number `row` of a shard: its `Arrays`."""

    shard: ShardEpisodes
    row: int

    def read(self, name: str) -> np.ndarray:
        return self.shard.read(name, self.row)

    def window(self, name: str, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        return self.shard.window(name, self.row, start, stop)


READERS = 9  # as many as an episode of balls has arrays


@lru_cache(maxsize=1)
def _readers(process: int) -> ThreadPoolExecutor:
    """This process's threads that wait for object stores (those of a parent don't outlive a fork)."""
    return ThreadPoolExecutor(READERS, "bcb-read")

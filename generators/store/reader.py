"""Reading a store: episodes by index, windows of them, or whole arrays."""

import os
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

import numpy as np

from generators.bucket import open_bucket
from generators.errors import StoreError
from generators.kinds import AnySpec, kind_name, kind_of
from generators.spec import Spec
from generators.store.episodes import ShardEpisodes
from generators.store.opening import open_split
from generators.store.schema import ArrayLayout, layouts

if TYPE_CHECKING:
    from generators.episode import Episode

KEPT_SHARDS = 32  # whose indexes (16–64 KiB an array) a reader keeps in memory


S = TypeVar("S", bound=AnySpec)


class Reader(Generic[S]):
    """One split of a store of whatever kind.

    spec: of its episodes, an S.   kind: the one that it reads; None for any.

    Pickles to workers as a path or URL and a few numbers. Threads may share it; so may forks, as it holds no open file.
    """

    kind: ClassVar[str | None] = None

    def __init__(self, where: str | os.PathLike[str], split: str):
        """where: a path or the URL of an object store.

        Raises StoreError unless the split is there and whole, and of the reader's kind.
        """
        self._bucket = open_bucket(where)
        self._plan = open_split(self._bucket, split).plan
        self.url = self._bucket.url
        self.split = split
        self.spec = cast(S, self._plan.spec)
        if self.kind not in (None, found := kind_name(self.spec)):
            raise StoreError(f"{self._bucket.name} is of kind {found}, and this takes only {self.kind}")
        self.fingerprint = self.spec.fingerprint
        self._shards: dict[int, ShardEpisodes] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._plan.episodes

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_lock"} | {"_shards": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r}, {self.split!r}): {len(self)} episodes"

    def episode(self, index: int) -> Any:
        """Episode `index`, as its kind has it. Raises IndexError beyond the end, StoreError when bytes are damaged."""
        shard, row = self._place(index)
        return shard.episode(row)

    def window(self, name: str, index: int, start: int, stop: int) -> np.ndarray:
        """Array `name` of one episode, from moment `start` to before `stop` of its time. Reads little more than that.

        Raises ValueError for an array without time or a window that isn't in it, IndexError and StoreError
        as `episode` does.
        """
        layout = self._layout(name)
        if not kind_of(self.spec).arrays(self.spec)[name].timed:
            raise ValueError(f"array {name!r} has no time to take a window of")
        if not 0 <= start < stop <= layout.shape[0]:
            raise ValueError(f"window {start}:{stop} is not within the {layout.shape[0]} moments of {name!r}")
        shard, row = self._place(index)
        return shard.window(name, row, start, stop)

    def read(self, name: str, episodes: slice | Iterable[int] = slice(None)) -> np.ndarray:
        """Array `name` of some episodes: (episode, …), dtype and dimensions as in its kind's arrays.

        Raises ValueError for an unknown array, IndexError and StoreError as `episode` does.
        """
        layout = self._layout(name)
        chosen = range(len(self))[episodes] if isinstance(episodes, slice) else list(episodes)
        out = np.empty((len(chosen), *layout.shape), layout.dtype.newbyteorder("="))
        for to, index in enumerate(chosen):
            shard, row = self._place(index)
            out[to] = shard.read(name, row)
        return out

    def _layout(self, name: str) -> ArrayLayout:
        known = layouts(self.spec)
        if name not in known:
            raise ValueError(f"array {name!r} is not one of: {', '.join(known)}")
        return known[name]

    def _place(self, index: int) -> tuple[ShardEpisodes, int]:
        """The shard that holds an episode, and its row there."""
        if not 0 <= index < len(self):
            raise IndexError(f"episode {index} of {len(self)}")
        number, row = divmod(int(index), self._plan.shard_episodes)
        with self._lock:
            shard = self._shards.pop(number, None)
            if shard is None:
                shard = ShardEpisodes(self._bucket, self._plan, number)
                if len(self._shards) >= KEPT_SHARDS:
                    self._shards.pop(next(iter(self._shards)))  # the one used longest ago
            self._shards[number] = shard
        return shard, row


class StoreReader(Reader[Spec]):
    """One split of a store of blinking balls. A `Source`: it has `spec`, `split`, a length and `episode(i)`."""

    kind = "balls"

    def episode(self, index: int) -> "Episode":
        return super().episode(index)

"""The episodes of an imported dataset while it is being imported: read one after the other, and asked for by index."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from generators.imports.description import Episode, Imported
from generators.imports.spec import ImportedSpec

_now: ContextVar["Reading | None"] = ContextVar("reading", default=None)


@dataclass
class Reading:
    """Reads the splits of a dataset. An `Executor`: while it runs the engine's tasks, their episodes are read from it.

    The tasks run in this process, in order, for a file of records has no other order.
    """

    splits: Mapping[str, Imported]
    _open: dict[str, tuple[int, Iterator[Episode]]] = field(default_factory=dict)

    def run(self, function: Callable[[Any, Callable[[int], None]], None], tasks: Sequence[Any], tick: Any) -> None:
        before = _now.set(self)
        try:
            for task in tasks:
                function(task, tick)
        finally:
            _now.reset(before)

    def episode(self, split: str, index: int) -> Episode:
        """Episode `index` of a split. What lies before it is read and dropped, where it wasn't read already."""
        at, episodes = self._open.get(split, (0, None))
        if episodes is None or index < at:
            at, episodes = 0, self.splits[split].episodes()
        for _ in range(index - at):
            next(episodes)
        self._open[split] = index + 1, episodes
        return next(episodes)


@dataclass(frozen=True)
class ReadEpisode:
    """The arrays of an episode that is read when it is first asked for one; which only works while it is imported."""

    spec: ImportedSpec
    split: str
    index: int

    @cached_property
    def _values(self) -> Episode:
        reading = _now.get()
        if reading is None:
            what = f"{self.spec.dataset.name} is imported, so its episodes can't be made again"
            raise ValueError(f"{what}; run its bcb import command again")
        return reading.episode(self.split, self.index)

    def read(self, name: str) -> np.ndarray:
        return self._values[name]

    def window(self, name: str, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        return self._values[name][start:stop]

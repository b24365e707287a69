"""What the engine knows of a family of datasets, and nothing more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np


@dataclass(frozen=True)
class Field:
    """An array of the store: its dtype, its dimensions, and the value that stands for "never written".

    Fill values are ones that no episode holds, so a lost shard can't be taken for data.
    final:  it is of an episode's end, so that a beginning of the episode has another.
    within: how far values may be off where they are made again on another machine; 0 for the same bits, None where
            nobody can make them again.
    """

    dtype: str
    dims: tuple[str, ...]
    fill: int | str
    final: bool = False
    within: int | None = 0

    @property
    def timed(self) -> bool:
        """Whether its first dimension after the episode's is time."""
        return len(self.dims) > 1 and self.dims[1].startswith("time")


@dataclass(frozen=True)
class Label:
    """An array of whole numbers whose last moment is what models are asked for.

    heading, column: of the table that says how often each is the label.   names: of all values from 0 on, None for one
    that no label can be.
    """

    array: str
    heading: str
    column: str
    names: tuple[str | None, ...]


class AnySpec(Protocol):
    """A frozen dataclass that describes a dataset wholly; its field `kind` names its kind, and none is balls'."""

    @property
    def seed(self) -> int: ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        ...

    def to_json(self) -> str:
        """The canonical JSON."""
        ...


class Arrays(Protocol):
    """The arrays of one episode, as they are made or as they are stored: without their episode axis."""

    def read(self, name: str) -> np.ndarray:
        """All of an array."""
        ...

    def window(self, name: str, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        """An array from `start` to before `stop` along its first axis. It may be drawn in `out`, if given."""
        ...


@dataclass(frozen=True)
class Whole:
    """The arrays of an episode that is held whole: its values, by name."""

    values: Mapping[str, np.ndarray]

    def read(self, name: str) -> np.ndarray:
        return self.values[name]

    def window(self, name: str, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        return self.values[name][start:stop] if self.values[name].ndim else self.values[name]


S = TypeVar("S", bound=AnySpec)


class Kind(Protocol[S]):
    """A family of datasets. Its methods load what is heavy, and say in a ValueError of one line what is missing."""

    @property
    def physics(self) -> str:
        """The package that moves things; its version is among those that a store names."""
        ...

    @property
    def command(self) -> str:
        """The command that makes such stores, and goes on with those that aren't whole."""
        ...

    def parse(self, data: str | Mapping[str, Any]) -> S:
        """The spec of a dict or JSON text. Raises ValueError as `convert` does."""
        ...

    def arrays(self, spec: S) -> Mapping[str, Field]:
        """What a store of this spec holds, by name, in the order in which it is written."""
        ...

    def sizes(self, spec: S) -> Mapping[str, int]:
        """How long each dimension is, but the episode's."""
        ...

    def attributes(self, spec: S) -> dict[str, Any]:
        """What a store's attributes say of such data besides the spec; what JSON can hold."""
        ...

    def beginning(self, spec: S, frames: int) -> S:
        """The spec whose episodes are the beginnings of these, of so many frames at most; or this, if there is none."""
        ...

    def batch(self, spec: S) -> int:
        """How many episodes are best made before the first of them is written."""
        ...

    def make(self, spec: S, split: str, index: int) -> Arrays:
        """Episode `index` of a split: the same bits whoever makes it, in whatever order. Raises ValueError."""
        ...

    def problems(self, spec: S, stored: Arrays, whole: bool) -> Iterator[str]:
        """What is wrong in an episode as it is stored, by code that shares none with `make`.

        whole: look at all of it, pictures too; else only at what is quickly seen.
        """
        ...

    def episode(self, values: dict[str, np.ndarray]) -> Any:
        """The kind's own episode, of all its arrays."""
        ...

    def length(self, spec: S) -> int:
        """The steps that a model sees of an episode."""
        ...

    def title(self, spec: S) -> str:
        """A short name of such data, which can be that of a folder: `frequent-640`."""
        ...

    def summary(self, spec: S) -> list[str]:
        """What the data is, in lines for people."""
        ...

    def label(self, spec: S) -> Label | None:
        """What models are asked for; None where it isn't one of some numbers."""
        ...

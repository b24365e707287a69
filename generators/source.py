"""Where episodes come from: anything with a length and `episode(i)`. Here, straight from a spec."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from generators.episode import Episode, make_episode
from generators.fields import choice, whole_number
from generators.spec import SPLITS, Spec


@runtime_checkable
class Source(Protocol):
    """Episodes by index, and the spec they follow. A store's reader is one; so is a `SpecSource`."""

    @property
    def spec(self) -> Spec: ...

    @property
    def split(self) -> str: ...

    def __len__(self) -> int: ...

    def episode(self, index: int) -> Episode: ...


@dataclass(frozen=True)
class SpecSource:
    """The first `count` episodes of a split, made when asked for. Pickles to workers.

    Raises ValueError for an unknown split or a negative count.
    """

    spec: Spec
    split: str
    count: int

    def __post_init__(self):
        choice("split", self.split, tuple(SPLITS))
        whole_number("count", self.count, 0)

    def __len__(self) -> int:
        return self.count

    def episode(self, index: int) -> Episode:
        """Raises IndexError beyond `count`."""
        if not 0 <= index < self.count:
            raise IndexError(f"episode {index} of {self.count}")
        return make_episode(self.spec, self.split, index)

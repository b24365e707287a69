"""Where episodes come from: anything with a length and `episode(i)`. Here, straight from a spec."""

from dataclasses import dataclass
from typing import Protocol

from generators.episode import Episode, make_episode
from generators.spec import Spec


class Source(Protocol):
    """Episodes by index, and the spec they follow. A store's reader is one; so is a `SpecSource`."""

    spec: Spec
    split: str

    def __len__(self) -> int: ...

    def episode(self, index: int) -> Episode: ...


@dataclass(frozen=True)
class SpecSource:
    """The first `count` episodes of a split, made when asked for. Pickles to workers."""

    spec: Spec
    split: str
    count: int

    def __len__(self) -> int:
        return self.count

    def episode(self, index: int) -> Episode:
        """Raises IndexError beyond `count`."""
        if not 0 <= index < self.count:
            raise IndexError(f"episode {index} of {self.count}")
        return make_episode(self.spec, self.split, index)

"""What stands where between two rounds of a choreography, and what is covered by what."""

from dataclasses import dataclass

import numpy as np

from generators.scenes.worlds.paths import HIGH, WIDE

# What fits under a cone, up to this share of its size: a little less than really does.
FITS = {"cone": 0.9, "sphere": 0.61, "snitch": 0.61}
SNITCH = 0


@dataclass
class Stage:
    """What stands where between two rounds.

    shape: names.   size: (object,).   position: (object, xyz), quaternion: (object, wxyz), float64.
    stacks: each the indices of its objects, outermost first.
    """

    shape: list[str]
    size: np.ndarray
    position: np.ndarray
    quaternion: np.ndarray
    stacks: list[list[int]]

    def __post_init__(self):
        self.wide = self.size * [WIDE[name] for name in self.shape]
        self.high = self.size * [HIGH[name] for name in self.shape]

    @property
    def hiding(self) -> list[int]:
        """The stack that the snitch is in."""
        return next(stack for stack in self.stacks if SNITCH in stack)

    @property
    def cover(self) -> int:
        """The outermost object over the snitch, −1 for none."""
        return self.hiding[0] if self.hiding[0] != SNITCH else -1

    def holds(self, cone: list[int], stack: list[int]) -> bool:
        """Whether one stack is an empty cone under which the other fits."""
        name, size = self.shape[stack[0]], self.size[stack[0]]
        return (
            len(cone) == 1
            and cone != stack
            and self.shape[cone[0]] == "cone"
            and size <= FITS.get(name, 0.0) * self.size[cone[0]]
        )

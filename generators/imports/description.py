"""What a real data set is: the words that its arrays' numbers stand for, and whom to thank."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from generators.fields import numbers
from generators.scenes.looks import CLEVR, COLORS

Episode = Mapping[str, np.ndarray]

# What the axes of an episode's arrays are. Those that our own scenes have, too, mean the same there (docs/imports.md).
DIMENSIONS = {
    "rgb": ("time", "y", "x", "rgb"),
    "segmentation": ("time", "y", "x"),
    "depth": ("time", "y", "x"),
    "position": ("time", "object", "xyz"),
    "velocity": ("time", "object", "xyz"),
    "angular_velocity": ("time", "object", "xyz"),
    "quaternion": ("time", "object", "wxyz"),
    "visibility": ("time", "object"),
    "contact": ("time", "object", "other"),
    "shape": ("object",),
    "color": ("object",),
    "material": ("object",),
    "size": ("object",),
    "cell": ("time",),
    "covered_by": ("time",),
    "carried": ("time",),
    # from here on, what only imported sets have
    "box": ("time", "object", "yxyx"),
    "color_rgb": ("object", "rgb"),
    "category": ("object",),
    "in_view": ("time", "object"),
    "camera_position": ("time", "xyz"),
    "camera_quaternion": ("time", "wxyz"),
}
CLEVR_COLORS = {name: COLORS[name] for name in CLEVR}  # of which all three synthetic sets choose


@dataclass(frozen=True)
class Description:
    """A data set.

    most:      objects that an episode's arrays have room for; 0 where the set tells of none.
    fps:       frames a second, of the set itself; 0 where that is unknown.
    shapes, materials, categories: the names that the arrays' indices stand for.   colors: (name, RGB), likewise.
    fovy:      the angle between the picture's upper and lower edge, degrees; None where it is unknown.
    licence, citation, homepage: a line each.
    """

    name: str
    most: int
    fps: float
    licence: str
    citation: str
    homepage: str
    shapes: tuple[str, ...] = ()
    colors: tuple[tuple[str, tuple[int, int, int]], ...] = ()
    materials: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    fovy: float | None = None

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        for name in ("fps", "fovy"):  # 12 and 12.0 are one, in JSON too
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, *numbers(name, (value,), 1))


@dataclass(frozen=True)
class Imported:
    """One split of a data set, ready to be read: `count` episodes, in the set's own order.

    files:   all that is read, in the order in which it is.
    read:    gives the episodes, from the first, each as a dict of arrays; may be called again.
    options: what else decides what the episodes are, but for their shapes.
    remarks: what whoever imports it should know, a line each.
    """

    description: Description
    split: str
    count: int
    files: Sequence[Path]
    read: Callable[[], Iterator[Episode]]
    options: tuple[tuple[str, float], ...] = ()
    remarks: tuple[str, ...] = ()

    def episodes(self) -> Iterator[Episode]:
        """All episodes, alike in names, dtypes and shapes. Raises ValueError where one isn't, or one is missing.

        Also where a number isn't finite.
        """
        first: Episode | None = None
        number = -1
        for number, episode in enumerate(islice(self.read(), self.count)):
            first = first or episode
            if (odd := _odd(first, episode)) is not None:
                raise ValueError(f"{self.description.name}, {self.split} episode {number}: {odd}")
            yield episode
        if number + 1 < self.count:
            raise ValueError(f"{self.description.name} {self.split} has {number + 1} episodes, not {self.count}")


def _odd(first: Episode, other: Episode) -> str | None:
    if first.keys() != other.keys():
        return f"it has {', '.join(sorted(other))}, unlike the first"
    for name, array in other.items():
        if (array.dtype, array.shape) != (first[name].dtype, first[name].shape):
            return f"its {name} is {array.dtype} {array.shape}, unlike the first"
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return f"its {name} isn't finite"
    return None

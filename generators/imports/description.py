"""What a real data set is: the words that its arrays' numbers stand for, and whom to thank."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import ClassVar

import numpy as np

from generators.fields import numbers

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
NO_OBJECT = 255  # in shape, color, material and category


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
    """

    description: Description
    split: str
    count: int
    files: Sequence[Path]
    read: Callable[[], Iterator[Episode]]
    options: tuple[tuple[str, float], ...] = ()

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


@contextmanager
def naming(where: object) -> Iterator[None]:
    """What is wrong inside is said of `where`: ValueError, in one line."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{where}: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise ValueError(f"{where}: can't be read ({error.strerror or type(error).__name__})") from None
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:  # JSON of another form
        raise ValueError(f"{where}: not of the form that it should have ({type(error).__name__}: {error})") from None


def checked_folder(source: Path) -> Path:
    """`source`, where it is a folder; ValueError where it isn't."""
    if not source.is_dir():
        raise ValueError(f"{source} is no folder")
    return source


def padded(values: np.ndarray, most: int, axis: int, fill: int = 0) -> np.ndarray:
    """`values` with `axis` made `most` long. Raises ValueError where it is longer already."""
    if values.shape[axis] > most:
        raise ValueError(f"it has {values.shape[axis]} objects; there is room for {most}")
    width = [(0, 0)] * values.ndim
    width[axis] = (0, most - values.shape[axis])
    return np.pad(values, width, constant_values=fill)


def evenly(count: int, frames: int | None) -> np.ndarray:
    """Which of `count` frames to take so that there are `frames`: evenly spaced, and the very last among them.

    All of them for None. Raises ValueError where there are too few.
    """
    if frames is None:
        return np.arange(count)
    if not 0 < frames <= count:
        raise ValueError(f"it has {count} frames, not {frames}")
    return count - 1 - (count // frames) * np.arange(frames)[::-1]


def since_the_frame_before(marks: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """Marks (time, …) of 0 and 1, at the frames taken: 1 where one was since the frame that was taken before."""
    return np.stack([marks[first:t].max(0) for first, t in zip([0, *(taken[:-1] + 1)], taken + 1, strict=True)])

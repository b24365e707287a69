"""Making arrays of what a data set tells: as many objects and frames as a store has room for."""

import numpy as np

NO_OBJECT = 255  # in shape, color, material and category
UNKNOWN = 255  # a cell that nothing tells of


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

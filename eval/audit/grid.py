"""A coarse grid over the image."""

import numpy as np

SIDE = 4


def cells(position: np.ndarray, size: int) -> np.ndarray:
    """The cell of each position (…, 2) in an image of so many pixels a side: int64 (…), 0 to SIDE² − 1, row by row."""
    column, row = np.moveaxis(np.clip(position * SIDE / size, 0, SIDE - 1).astype(np.int64), -1, 0)
    return row * SIDE + column

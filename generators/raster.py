"""Discs to palette classes, hard-edged.

A pixel (row i, column j) belongs to a ball when its centre (j + 0.5, i + 0.5) lies strictly within
the radius, in float64 from the stored float32 values; the higher ball index is drawn over.
"""

import numpy as np
from numba import njit

from generators.palette import BACKGROUND


def rasterize(position: np.ndarray, radius: np.ndarray, color: np.ndarray, size: int) -> np.ndarray:
    """Draw frames of balls.

    position: float32 (time, ball, 2), centres in pixels, x right, y down.
    radius:   float32 (ball,), pixels.
    color:    uint8 (time, ball), palette class of each ball.
    size:     side of the square image, pixels.
    Returns palette classes, uint8 (time, size, size).
    """
    frames = np.full((len(position), size, size), BACKGROUND, dtype=np.uint8)
    _draw(
        frames,
        np.ascontiguousarray(position, dtype=np.float32),
        np.ascontiguousarray(radius, dtype=np.float32),
        np.ascontiguousarray(color, dtype=np.uint8),
    )
    return frames


@njit("void(uint8[:,:,::1], float32[:,:,::1], float32[::1], uint8[:,::1])", cache=True, nogil=True)
def _draw(frames, position, radius, color):  # pragma: no cover (compiled)
    times, height, width = frames.shape
    for t in range(times):
        for ball in range(radius.shape[0]):
            x = np.float64(position[t, ball, 0])
            y = np.float64(position[t, ball, 1])
            r = np.float64(radius[ball])
            c = color[t, ball]
            for i in range(max(0, int(np.floor(y - r)) - 1), min(height, int(np.ceil(y + r)) + 1)):
                dy = i + 0.5 - y
                for j in range(max(0, int(np.floor(x - r)) - 1), min(width, int(np.ceil(x + r)) + 1)):
                    dx = j + 0.5 - x
                    if dx * dx + dy * dy < r * r:
                        frames[t, i, j] = c

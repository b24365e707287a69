"""Discs to palette classes, hard-edged.

A pixel (row i, column j) belongs to a ball when its centre (j + 0.5, i + 0.5) lies strictly within
the radius, in float64 from the stored float32 values; the higher ball index is drawn over.
"""

import numpy as np

from generators.jit import compiled
from generators.palette import BACKGROUND


def rasterize(
    position: np.ndarray, radius: np.ndarray, color: np.ndarray, size: int, out: np.ndarray | None = None
) -> np.ndarray:
    """Draw frames of balls.

    position: float32 (time, ball, 2), centres in pixels, x right, y down.
    radius:   float32 (ball,), pixels.
    color:    uint8 (time, ball), palette class of each ball.
    size:     side of the square image, pixels.
    out:      where to draw, uint8 (time, size, size) in C order; None for a new array.
    Returns palette classes, uint8 (time, size, size). A ball whose position is not a number is not drawn.
    Raises ValueError when the shapes don't go together.
    """
    times, balls = np.shape(color)
    if np.shape(position) != (times, balls, 2) or np.shape(radius) != (balls,):
        raise ValueError(
            f"position {np.shape(position)}, radius {np.shape(radius)} and color {np.shape(color)} don't go together; "
            "they must be (time, ball, 2), (ball,) and (time, ball)"
        )
    if out is not None and (out.shape != (times, size, size) or out.dtype != np.uint8 or not out.flags.c_contiguous):
        raise ValueError(f"out is {out.dtype} {out.shape}; it must be uint8 {(times, size, size)}, in C order")
    frames = np.empty((times, size, size), np.uint8) if out is None else out
    _draw(
        frames,
        np.ascontiguousarray(position, dtype=np.float32),
        np.ascontiguousarray(radius, dtype=np.float32),
        np.ascontiguousarray(color, dtype=np.uint8),
    )
    return frames


@compiled("void(uint8[:,:,::1], float32[:,:,::1], float32[::1], uint8[:,::1])")
def _draw(frames, position, radius, color):  # pragma: no cover (compiled)
    times, height, width = frames.shape
    for t in range(times):
        frames[t] = BACKGROUND
        for ball in range(radius.shape[0]):
            x = np.float64(position[t, ball, 0])
            y = np.float64(position[t, ball, 1])
            r = np.float64(radius[ball])
            c = color[t, ball]
            if not (r > 0 and x + r > 0 and x - r < width and y + r > 0 and y - r < height):
                continue  # outside the image, or not a number
            # Cut to the image before they become integers: those of a huge disc would overflow.
            top, bottom = int(max(0.0, np.floor(y - r - 0.5))), int(min(float(height), np.ceil(y + r + 0.5)))
            left, right = int(max(0.0, np.floor(x - r - 0.5))), int(min(float(width), np.ceil(x + r + 0.5)))
            box = frames[t, top:bottom, left:right]
            for i in range(box.shape[0]):
                dy = top + i + 0.5 - y
                for j in range(box.shape[1]):  # a choice, not a branch: several pixels at a time
                    dx = left + j + 0.5 - x
                    box[i, j] = c if dx * dx + dy * dy < r * r else box[i, j]

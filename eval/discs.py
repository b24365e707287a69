"""Discs in plain numpy: which ball a pixel shows. Written from the store's definition, not from `generators.raster`."""

import numpy as np


def top_ball(position: np.ndarray, radius: np.ndarray, height: int, width: int) -> np.ndarray:
    """The ball that each pixel shows: int16 (n, y, x), −1 where there is none.

    position: float32 (n, ball, 2), centres in pixels, x right, y down, (0, 0) the top-left corner of the image.
    radius:   float32 (n, ball), pixels.

    A pixel belongs to a ball when its centre (j + 0.5, i + 0.5) lies strictly within the radius, in
    float64 from the float32 values; where discs overlap the higher ball index is on top (DESIGN §4).
    """
    x, y = position[..., 0].astype(np.float64), position[..., 1].astype(np.float64)
    across = (np.arange(width) + 0.5 - x[..., None]) ** 2  # (n, ball, x)
    down = (np.arange(height) + 0.5 - y[..., None]) ** 2  # (n, ball, y)
    squared = radius.astype(np.float64) ** 2
    top = np.full((len(position), height, width), -1, dtype=np.int16)
    for ball in range(radius.shape[1]):
        inside = across[:, ball, None, :] + down[:, ball, :, None] < squared[:, ball, None, None]
        top[inside] = ball
    return top


def paint(top: np.ndarray, color: np.ndarray) -> np.ndarray:
    """Palette classes, uint8 (n, y, x), of `top_ball`'s map with the balls in these colours, uint8 (n, ball)."""
    background = np.zeros((len(color), 1), dtype=np.uint8)
    shades = np.concatenate([background, color.astype(np.uint8)], axis=1)  # entry 0 is no ball
    flat = np.take_along_axis(shades, top.reshape(len(top), -1).astype(np.intp) + 1, axis=1)
    return flat.reshape(top.shape)

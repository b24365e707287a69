"""Where the floor's grid of a snitch is on a picture."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.style import Color

GRID = 6  # cells a side, each of a metre, around the middle


def draw_cell(image: Image.Image, cell: int, camera: Mapping[str, Any], color: Color) -> None:
    """Outline a cell of the grid on the floor, in black and in the colour, which is to be seen on any floor."""
    seen = [on_picture(corner, camera, image.width) for corner in cell_corners(cell)]
    if all(point is not None for point in seen):
        thin, draw = max(1, image.width // 120), ImageDraw.Draw(image)
        around = [point for point in seen if point]
        for line, width in (((0, 0, 0), 4 * thin), (color, 2 * thin)):
            draw.line([*around, *around[:2]], fill=line, width=width, joint="curve")


def cell_corners(cell: int) -> list[tuple[float, float, float]]:
    """The corners of a cell on the floor, metres, one after the other."""
    row, column = divmod(cell, GRID)
    x, y = column - GRID / 2, row - GRID / 2
    return [(x, y, 0.0), (x + 1, y, 0.0), (x + 1, y + 1, 0.0), (x, y + 1, 0.0)]


def on_picture(point: Sequence[float], camera: Mapping[str, Any], side: int) -> tuple[float, float] | None:
    """Where a point of the world is on a picture of this side, pixels; None behind the camera."""
    eye = np.array(camera["position"], np.float64)
    forward = np.array(camera["target"], np.float64) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    offset = np.array(point) - eye
    far = offset @ forward
    if far <= 0:
        return None
    half = math.tan(math.radians(camera["fovy"]) / 2) * far
    return float(side / 2 * (1 + offset @ right / half)), float(side / 2 * (1 - offset @ up / half))

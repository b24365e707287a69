"""The overlay of one frame: numbers beside the balls, a ring around the one that blinks, and lines between patches."""

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.style import DIM, SMOOTH, TEXT, Color, write

DIRECTIONS = np.deg2rad(np.arange(-45, 315, 15))  # where a number may stand; the first is up and to the right


def ring_gap(radius: float) -> float:
    """How far the ring stands off its ball, pixels."""
    return max(2.5, radius * 0.16)


def ring(image: Image.Image, centre: np.ndarray, radius: float, color: Color) -> Image.Image:
    """The image with a thin ring a little outside a ball. centre, radius: in pixels of the image."""
    large = (image.width * SMOOTH, image.height * SMOOTH)
    layer = Image.new("L", large)
    x, y = centre * SMOOTH
    r = (radius + ring_gap(radius)) * SMOOTH
    width = round(max(1.5, radius * 0.07) * SMOOTH)
    ImageDraw.Draw(layer).ellipse((x - r, y - r, x + r, y + r), outline=255, width=width)
    return Image.composite(Image.new("RGB", image.size, color), image, layer.resize(image.size, Image.Resampling.BOX))


def numbers(image: Image.Image, position: np.ndarray, radius: np.ndarray, size: int) -> None:
    """Write each ball's index beside it, where it covers no ball and no other number, and stays in the image.

    position: (ball, 2), radius: (ball,), both in pixels of the image; size: of the letters.
    """
    draw = ImageDraw.Draw(image)
    centres, radii = position, radius  # of what is in the way: the balls, then the numbers too
    for ball, (centre, r) in enumerate(zip(position, radius, strict=True)):
        at = _free_place(centre, r + ring_gap(r) + size * 0.6, centres, radii, size, image.width, image.height)
        write(draw, (at[0], at[1]), str(ball), size, TEXT, "mm")
        centres, radii = np.vstack([centres, at]), np.append(radii, size * 0.5)


def _free_place(
    centre: np.ndarray, distance: float, position: np.ndarray, radius: np.ndarray, size: int, width: int, height: int
) -> np.ndarray:
    places = centre + distance * np.stack([np.cos(DIRECTIONS), np.sin(DIRECTIONS)], axis=1)
    half = size * 0.5
    # How deep a number would stand in a ball, and how far beyond the image's edge.
    inside = radius + half - np.linalg.norm(places[:, None] - position[None], axis=-1)
    outside = np.maximum(half - places, places + half - np.array([width, height]))
    cost = np.maximum(inside, 0).sum(axis=1) + 10 * np.maximum(outside, 0).sum(axis=1)
    return np.clip(places[cost.argmin()], half, np.array([width, height]) - half)


def grid(image: Image.Image, patches_per_side: int) -> Image.Image:
    """The image with thin lines between its patches."""
    layer = Image.new("L", image.size)
    draw = ImageDraw.Draw(layer)
    for k in range(1, patches_per_side):
        at = round(k * image.width / patches_per_side)
        draw.line((at, 0, at, image.height), fill=150)
        draw.line((0, at, image.width, at), fill=150)
    return Image.composite(Image.new("RGB", image.size, DIM), image, layer)

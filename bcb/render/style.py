"""Colours, letters and enlargement: what all the pictures share."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]

PAGE: Color = (24, 26, 33)
EDGE: Color = (58, 62, 75)
TEXT: Color = (226, 229, 236)
DIM: Color = (140, 146, 160)
TARGET: Color = (255, 92, 138)  # frames the target; not one of the palette's colours
WRONG: Color = TARGET  # rings a wrong answer
SMOOTH = 4  # marks are drawn this much larger and shrunk, so that only the balls have hard edges


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font: the same letters on every machine."""
    return ImageFont.load_default(size)


def enlarge(classes: np.ndarray, palette: np.ndarray, scale: int) -> Image.Image:
    """Palette classes, uint8 (y, x), as RGB with `scale`×`scale` hard-edged pixels."""
    rgb = palette[classes]
    return Image.fromarray(np.ascontiguousarray(rgb.repeat(scale, axis=0).repeat(scale, axis=1)))


def ink_on(color: Color) -> Color:
    """Black or white, whichever is easier to read on a colour."""
    red, green, blue = color
    return (0, 0, 0) if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else (255, 255, 255)


def write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, size: int, fill: Color = TEXT, anchor: str = "lm"
) -> None:
    """Text at a point; anchors as Pillow's."""
    draw.text(at, text, font=font(size), fill=fill, anchor=anchor)


def text_width(text: str, size: int) -> float:
    """Width of a text, pixels."""
    return font(size).getlength(text)

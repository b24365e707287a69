"""The palette: which RGB colour each palette class is shown in.

Class 0 is the background, class 1 white, classes 2… the colours a ball can blink in.
The colours are Okabe and Ito's set (Color Universal Design, 2008), which readers with any
common form of colour blindness tell apart, in the order that keeps the first five furthest apart.
"""

import numpy as np

BACKGROUND = 0
WHITE = 1
FIRST_COLOR = 2

NAMES = ("background", "white", "orange", "sky blue", "green", "yellow", "vermillion", "blue", "purple")
RGB = (
    (0, 0, 0),
    (255, 255, 255),
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (213, 94, 0),
    (0, 114, 178),
    (204, 121, 167),
)
MAX_COLORS = len(RGB) - FIRST_COLOR


def palette(colors: int) -> np.ndarray:
    """RGB of every palette class of a dataset with `colors` colours: uint8 (2 + colors, 3)."""
    return np.array(RGB[: FIRST_COLOR + colors], dtype=np.uint8)

"""The palette: which RGB colour each palette class is shown in.

Class 0 is the background, class 1 white, classes 2… the colours a ball can blink in.
The colours were searched for distance: any two of the first seven classes are at least 24 CIEDE2000 apart, any two of
all nine at least 17, for normal vision and for full protanopia, deuteranopia and tritanopia as simulated by
Viénot et al. (1999) and Machado et al. (2009). (Okabe and Ito's well-known set: 11.) The tests measure it.
"""

import numpy as np

BACKGROUND = 0
WHITE = 1
FIRST_COLOR = 2

NAMES = ("background", "white", "yellow", "blue", "red", "sky blue", "teal", "wine", "pink")
RGB = (
    (0, 0, 0),
    (255, 255, 255),
    (255, 200, 0),
    (70, 10, 185),
    (220, 0, 0),
    (95, 190, 255),
    (5, 125, 115),
    (140, 45, 60),
    (255, 85, 170),
)
MAX_COLORS = len(RGB) - FIRST_COLOR


def palette(colors: int) -> np.ndarray:
    """RGB of every palette class of a dataset with `colors` colours, or none: uint8 (2 + colors, 3).

    Raises ValueError when there are not so many.
    """
    if not 0 <= colors <= MAX_COLORS:
        raise ValueError(f"colors is {colors}; the palette has 0 to {MAX_COLORS}")
    return np.array(RGB[: FIRST_COLOR + colors], dtype=np.uint8)

"""Chips: the row of small marks below a frame, one for each ball, in the colour that is its answer."""

from dataclasses import dataclass

from PIL import ImageDraw

from bcb.render.style import EDGE, PAGE, WRONG, Color, ink_on, write


@dataclass(frozen=True)
class Chip:
    """The mark of one ball. A wrong one has a ring around it."""

    color: Color
    wrong: bool = False


def draw_chips(draw: ImageDraw.ImageDraw, chips: list[Chip], left: float, right: float, middle: float, letters: int):
    """Chips side by side, ball 0 first, ending at `right`; smaller where `left` to `right` has little room."""
    if not chips:
        return
    pitch = min(letters * 1.75, (right - left) / len(chips))
    side = min(letters * 1.3, pitch - 3)
    for ball, chip in enumerate(chips):
        x = right - pitch * (len(chips) - ball - 1) - side
        box = (x, middle - side / 2, x + side, middle + side / 2)
        if chip.wrong:
            _rounded(draw, box, 3, side, WRONG)
            _rounded(draw, box, 1, side, PAGE)
        draw.rounded_rectangle(box, radius=side / 4, fill=chip.color, outline=EDGE if sum(chip.color) < 60 else None)
        if side >= 10:
            write(draw, (x + side / 2, middle), str(ball), round(letters * 0.85), ink_on(chip.color), "mm")


def _rounded(draw: ImageDraw.ImageDraw, box: tuple[float, ...], by: float, side: float, fill: Color) -> None:
    left, top, right, bottom = box
    draw.rounded_rectangle((left - by, top - by, right + by, bottom + by), radius=side / 4 + by, fill=fill)

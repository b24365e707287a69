"""The contact sheet: all the panels of an episode on one page, and below them, if wished, the steps a model sees."""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from bcb.render.panels import Look, letter_size
from bcb.render.sequence import sequence
from bcb.render.style import DIM, PAGE, TEXT, text_width, write
from generators.episode import Episode
from generators.spec import Spec

MAX_SIDE = 20_000  # pixels; a larger page opens in few viewers
ASPECT = 16 / 9
WIDEST = 4  # times as wide as high


def sheet_scale(size: int, count: int) -> int:
    """An enlargement at which `count` panels of images of this size stay readable on one page."""
    wanted = 224 if count <= 12 else 160 if count <= 45 else 96 if count <= 150 else 64
    return max(1, round(wanted / size))


def contact_sheet(
    drawn: list[Image.Image], episode: Episode, spec: Spec, look: Look, title: str, subtitle: str
) -> Image.Image:
    """One RGB page. Raises ValueError when it would be too large to be of use."""

    def steps(width: int, letters: int) -> Image.Image:
        return sequence(episode, spec, width, letters)

    return sheet(drawn, title, subtitle, overlay=look.overlay, below=steps if look.patches else None)


def sheet(
    drawn: list[Image.Image],
    title: str,
    subtitle: str,
    *,
    overlay: bool = True,
    below: Callable[[int, int], Image.Image] | None = None,
) -> Image.Image:
    """Panels of one size on one page, which with the overlay says what they are.

    below: what stands below them, given its width and the size of letters. Raises ValueError as `contact_sheet` does.
    """
    wide, high = drawn[0].size
    gap = max(4, wide // 24)
    columns = _columns(len(drawn), wide, high)
    rows = math.ceil(len(drawn) / columns)
    letters = letter_size(wide)
    head = letters * 4 if overlay else 0
    margin = 2 * gap
    least = text_width(title, letters + 3) if overlay else 0
    width = max(columns * (wide + gap) - gap, math.ceil(least)) + 2 * margin
    foot = below(width - 2 * margin, letters) if below else None
    height = margin + head + rows * (high + gap) - gap + margin + (foot.height + margin if foot else 0)
    if max(width, height) > MAX_SIDE:
        raise ValueError(f"the sheet would be {width}×{height} pixels; choose a smaller --scale, or a .gif")
    page = Image.new("RGB", (width, height), PAGE)
    if overlay:
        draw = ImageDraw.Draw(page)
        write(draw, (margin, margin + letters * 0.6), title, letters + 3, TEXT)
        write(draw, (margin, margin + letters * 2.4), subtitle, letters, DIM)
    for i, panel in enumerate(drawn):
        row, column = divmod(i, columns)
        page.paste(panel, (margin + column * (wide + gap), margin + head + row * (high + gap)))
    if foot:
        page.paste(foot, (margin, height - margin - foot.height))
    return page


def _columns(count: int, wide: int, high: int) -> int:
    """As near to ASPECT as can be, with as few empty places in the last row as can be.

    Frames of several pictures, one below the other, are in one row while it is at most WIDEST: time runs on in it.
    """
    if high >= 3 * wide and count * wide <= WIDEST * high:
        return count
    near = max(1, round(math.sqrt(count * ASPECT * high / wide)))
    choices = range(max(1, near - 1), min(count, near + 2) + 1) or range(1, 2)
    return min(choices, key=lambda columns: (-count % columns, abs(columns - near)))

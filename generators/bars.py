"""Bars that hide some columns of the context frames: which there can be, without hiding any ball."""

from collections.abc import Sequence
from typing import Any

from generators.fields import whole_number

GAP = 2  # pixels between two bars

Bars = tuple[tuple[int, int], ...]


def settled_bars(bars: Any, size: int, radius: float) -> Bars:
    """Bars (left, right) that hide the columns left ≤ x < right of an image `size` wide, from left to right.

    radius: of the smallest ball, pixels. A bar is at most 1.5 radii less one pixel wide, so that wherever a ball is,
    some of its pixels show, and so do its blinks.
    Raises ValueError in one line for anything else.
    """
    if not isinstance(bars, Sequence) or isinstance(bars, str):
        raise ValueError(f"bars is {bars!r}; it must be pairs (left, right) of columns, such as [[10, 14], [18, 22]]")
    settled, free = [], 0
    for bar in bars:
        if not isinstance(bar, Sequence) or len(bar) != 2:
            raise ValueError(f"bars has {bar!r}; each must be a pair (left, right) of columns, such as [10, 14]")
        left, right = (whole_number("a column of bars", column, 0, size) for column in bar)
        if left < free or right <= left:
            raise ValueError(
                f"bars has ({left}, {right}); each must end right of where it begins, and begin {GAP} pixels or more "
                "right of the one before"
            )
        if right - left > 1.5 * radius - 1:
            raise ValueError(
                f"bar ({left}, {right}) could hide a ball of radius {radius:g}; make it at most "
                f"{int(1.5 * radius - 1)} pixels wide"
            )
        settled.append((left, right))
        free = right + GAP
    return tuple(settled)

"""Lengths: how many context frames and patches a number of steps stands for (PAPER §1).

L = context_frames · patches_per_side².
"""

import math
from collections.abc import Callable

from generators.fields import whole_number

# The paper's table: length → (context_frames, patches_per_side).
PAPER_LENGTHS = {80: (5, 4), 160: (10, 4), 320: (5, 8), 640: (10, 8), 1280: (5, 16), 2560: (10, 16)}


def steps(context_frames: int, patches_per_side: int) -> int:
    """L, the number of context steps."""
    return context_frames * patches_per_side**2


def resolve_length(
    length: int | None, context_frames: int | None = None, patches_per_side: int | None = None
) -> tuple[int, int]:
    """The (context_frames, patches_per_side) that a user's choice of any of the three means.

    A length alone takes the paper's pair, or whole frames if the paper has none; with one of the
    others given, the rest follows. Raises ValueError, naming lengths nearby, when it can't be divided.
    """
    for name, value in (("length", length), ("context frames", context_frames), ("patches", patches_per_side)):
        if value is not None:
            whole_number(name, value, 1)
    if length is None:
        return context_frames or 10, patches_per_side or 1
    if context_frames is None and patches_per_side is None:
        return PAPER_LENGTHS.get(length, (length, 1))
    if context_frames is None:
        assert patches_per_side is not None
        return _frames(length, patches_per_side), patches_per_side
    if patches_per_side is None:
        return context_frames, _side(length, context_frames)
    if steps(context_frames, patches_per_side) != length:
        raise ValueError(
            f"{context_frames} context frames of {patches_per_side}×{patches_per_side} patches are "
            f"{steps(context_frames, patches_per_side)} steps, not {length}; leave one of the three out"
        )
    return context_frames, patches_per_side


def _frames(length: int, patches_per_side: int) -> int:
    """How many frames of P×P patches make up the length."""
    frames, rest = divmod(length, patches_per_side**2)
    if rest:
        near = _near(lambda n: steps(n, patches_per_side), frames)
        raise ValueError(
            f"length {length} can't be divided in frames of {patches_per_side}×{patches_per_side} patches; "
            f"lengths nearby that can: {near}"
        )
    return frames


def _side(length: int, context_frames: int) -> int:
    """How many patches a side so many frames must be cut in."""
    side = math.isqrt(length // context_frames)
    if steps(context_frames, side) != length:
        near = _near(lambda n: steps(context_frames, n), side)
        raise ValueError(
            f"length {length} can't be divided in {context_frames} context frames of P×P patches; "
            f"lengths nearby that can: {near}"
        )
    return side


def _near(length_of: Callable[[int], int], below: int) -> str:
    return ", ".join(str(length_of(n)) for n in (below, below + 1) if n >= 1)

"""Lengths: how many context frames and patches a number of steps stands for (PAPER §1).

L = context_frames · patches_per_side².
"""

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
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    if length is None:
        return context_frames or 10, patches_per_side or 1
    if context_frames is None and patches_per_side is None:
        return PAPER_LENGTHS.get(length, (length, 1))
    if context_frames is None:
        assert patches_per_side is not None
        return _divided(length, patches_per_side**2, f"{patches_per_side}×{patches_per_side} patches"), patches_per_side
    if patches_per_side is not None:
        if steps(context_frames, patches_per_side) != length:
            raise ValueError(
                f"{context_frames} context frames of {patches_per_side}×{patches_per_side} patches are "
                f"{steps(context_frames, patches_per_side)} steps, not {length}; leave one of the three out"
            )
        return context_frames, patches_per_side
    per_frame = _divided(length, context_frames, f"{context_frames} context frames")
    side = round(per_frame**0.5)
    if side**2 != per_frame:
        near = sorted({context_frames * max(1, side + d) ** 2 for d in (-1, 0, 1)})
        raise ValueError(
            f"length {length} gives {context_frames} context frames {per_frame} patches each, which is no square; "
            f"lengths nearby that fit: {', '.join(map(str, near))}"
        )
    return context_frames, side


def _divided(length: int, by: int, what: str) -> int:
    if length % by:
        below = length // by * by
        near = [str(n) for n in (below, below + by) if n > 0]
        raise ValueError(f"length {length} can't be divided in {what}; lengths nearby that can: {', '.join(near)}")
    return length // by

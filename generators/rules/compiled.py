"""For rules written as a plain loop over the frames: the same function, compiled."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

Loop = TypeVar("Loop", bound=Callable)


@cache
def compiled(loop: Loop) -> Loop:
    """A module's function compiled by numba, once, and cached on disk. Indices out of range raise IndexError."""
    from generators import jit  # here, so that listing the rules needs no compiler

    return jit.compiled(boundscheck=True)(loop)

"""What a rule is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Blinks:
    """The blinks of one episode's context, one entry per context frame.

    ball:  int16 (time,), the ball that blinks, −1 for none.
    color: uint8 (time,), its palette class, 1 (white) for none.
    """

    ball: np.ndarray
    color: np.ndarray


class Rule(Protocol):
    """A frozen dataclass with one pure method, from blinks to running answers."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        """Running answers, uint8 (time, ball): each ball's palette class had the context ended after frame t."""
        ...

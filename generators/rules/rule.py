"""What a rule is."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Blinks:
    """The blinks of one episode's context, one entry per context frame; and where they find the balls.

    ball:     int16 (time,), the ball that blinks, −1 for none.
    color:    uint8 (time,), its palette class, 1 (white) for none.
    position: float32 (time, ball, 2), centres in pixels.   radius: float32 (ball,), pixels. Most rules don't ask;
              without them, balls never touch.
    """

    ball: np.ndarray
    color: np.ndarray
    position: np.ndarray | None = None
    radius: np.ndarray | None = None

    def until(self, frames: int) -> "Blinks":
        """Those of the first so many frames."""
        position = None if self.position is None else self.position[:frames]
        return Blinks(self.ball[:frames], self.color[:frames], position, self.radius)


class Rule(Protocol):
    """A frozen dataclass with one pure method, from blinks to running answers."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        """Running answers, uint8 (time, ball): each ball's palette class had the context ended after frame t."""
        ...

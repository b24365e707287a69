"""Rule `earliest`: a ball's first colour (PAPER §7.2)."""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Earliest:
    """The first non-white colour that the ball was given; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        answers = np.full((len(blinks.ball), balls), WHITE, dtype=np.uint8)
        for t, (ball, color) in enumerate(zip(blinks.ball, blinks.color, strict=True)):
            if ball >= 0 and answers[t, ball] == WHITE:
                answers[t:, ball] = color
        return answers

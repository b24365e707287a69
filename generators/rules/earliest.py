"""Rule `earliest`: a ball's first colour (PAPER §1)."""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Earliest:
    """The first non-white colour that the ball was given; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    for t in range(len(ball)):
        b = ball[t]
        if b >= 0 and answer[b] == WHITE:
            answer[b] = color[t]
        answers[t] = answer
    return answers

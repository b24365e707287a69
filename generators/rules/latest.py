"""Rule `latest`: a ball's last colour. Ours: what `earliest` is to the first blink, it is to the last.

It needs the shortest memory of all the rules: a model that fails here already loses a colour over the few frames
since the ball was last painted, or has not learnt to bind colours to balls at all.
"""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Latest:
    """The non-white colour that the ball was given last; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    for t in range(len(ball)):
        b = ball[t]
        if b >= 0:
            answer[b] = color[t]
        answers[t] = answer
    return answers

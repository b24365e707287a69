"""Rule `second`: the colour of a ball's second blink. Ours.

The second blink counts whether or not it has the first one's colour. Turned down: the second *distinct* colour, of
which the answer never equals the first's, so that a model could rule that one out without having counted.
"""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Second:
    """The colour of the ball's second blink, which may be the first one's again; white before it has two."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    blinked = np.zeros(balls, np.bool_)
    for t in range(len(ball)):
        b = ball[t]
        if b >= 0:
            if blinked[b] and answer[b] == WHITE:
                answer[b] = color[t]
            blinked[b] = True
        answers[t] = answer
    return answers

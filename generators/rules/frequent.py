"""Rule `frequent`: a ball's most frequent colour (PAPER §1)."""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Frequent:
    """The non-white colour given most often; a tie goes to the colour of the tie given first; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    count = np.zeros((balls, 256), np.int64)  # how often a ball was given each palette class
    first = np.zeros((balls, 256), np.int64)  # and when first
    for t in range(len(ball)):
        b, c = ball[t], color[t]
        if b >= 0:
            if count[b, c] == 0:
                first[b, c] = t
            count[b, c] += 1
            # Only the colour just given can take the lead.
            best = answer[b]
            if (count[b, c], -first[b, c]) > (count[b, best], -first[b, best]):
                answer[b] = c
        answers[t] = answer
    return answers

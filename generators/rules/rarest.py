"""Rule `rarest`: the colour that a ball was given least often. Ours, with the ties of `frequent`.

Under `frequent` only the colour just given can take the lead. Here a blink can hand the answer to a colour that was
last seen long before, so that no count may be dropped.
"""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Rarest:
    """The colour given least often, of those given; a tie goes to the colour of the tie given first; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    count = np.zeros((balls, 256), np.int64)  # how often a ball was given each palette class
    given = np.zeros((balls, 256), np.uint8)  # the classes that it was given, the first of them first …
    kinds = np.zeros(balls, np.int64)  # … and how many they are
    for t in range(len(ball)):
        b, c = ball[t], color[t]
        if b >= 0:
            if count[b, c] == 0:
                given[b, kinds[b]] = c
                kinds[b] += 1
            count[b, c] += 1
            # The colour just given may lose its place to any other, so all are asked, in the order that settles ties.
            answer[b] = given[b, 0]
            for k in range(1, kinds[b]):
                if count[b, given[b, k]] < count[b, answer[b]]:
                    answer[b] = given[b, k]
        answers[t] = answer
    return answers

"""Rule `count-parity`: the number of a ball's blinks, odd or even, chooses between its first two colours. Ours.

Every blink of the ball, of whatever colour, turns the answer over, so that one miscounted anywhere in the past costs
it; no tie, no majority and no last frame gives it away. The colours are those of the first two blinks, so that the
last frames alone tell nothing. A solver that keeps both and loses count is right where they are one colour and else
half the time: in long episodes 3 times in 5, with the paper's 5 colours. Turned down: the first colour against the
*latest*, for then 3 times in 5 is what the last few frames are worth.
"""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class CountParity:
    """Of a ball that blinked an odd number of times the first blink's colour, else the second's; white if it didn't."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return compiled(_answers)(blinks.ball, blinks.color, balls)


def _answers(ball: np.ndarray, color: np.ndarray, balls: int) -> np.ndarray:
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    first, second = answer.copy(), answer.copy()
    odd = np.zeros(balls, np.bool_)
    for t in range(len(ball)):
        b = ball[t]
        if b >= 0:
            if first[b] == WHITE:
                first[b] = color[t]
            elif second[b] == WHITE:
                second[b] = color[t]
            odd[b] = not odd[b]
            answer[b] = first[b] if odd[b] else second[b]
        answers[t] = answer
    return answers

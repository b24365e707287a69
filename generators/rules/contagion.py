"""Rule `contagion`: balls that come to touch trade colours. Ours; the one rule for which interactions must be tracked.

In a frame two balls **touch** where their centres are no further apart than 5/4 of the sum of their radii. (A bounce
falls between two frames; at the presets' speeds all but one in a thousand bring balls that near in one of them.) They
**come to touch** where they did not touch in the frame before. Then each takes on what the other has, be it a colour or
none. Of several pairs in one frame the nearer, in units of the sum of their radii, trade first. After that, the ball
that blinks takes on the colour if it has none.

So it is `earliest` with colours that change hands. None is copied, so that each is as likely as any other, whatever
balls did and whatever the others have: `bcb audit` rests on it. docs/rules.md says what was turned down, and why.
"""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.compiled import compiled
from generators.rules.rule import Blinks

REACH = 5 / 4  # of the sum of two radii


@dataclass(frozen=True)
class Contagion:
    """The first colour given to a ball that has none; balls that come to touch trade what they have."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        position, radius = blinks.position, blinks.radius
        if position is None or radius is None:  # as if they never met
            position, radius = np.full((len(blinks.ball), balls, 2), np.nan, np.float32), np.ones(balls, np.float32)
        return compiled(_answers)(blinks.ball, blinks.color, np.ascontiguousarray(position), radius)


def _answers(ball: np.ndarray, color: np.ndarray, position: np.ndarray, radius: np.ndarray) -> np.ndarray:
    balls = len(radius)
    answers = np.empty((len(ball), balls), np.uint8)
    answer = np.full(balls, WHITE, np.uint8)
    touched = np.zeros((balls, balls), np.bool_)  # in the frame before
    away = np.full((balls, balls), np.inf)  # how far apart those are that come to touch, squared; i < j
    for t in range(len(ball)):
        for i in range(balls):
            for j in range(i + 1, balls):
                x = np.float64(position[t, i, 0]) - np.float64(position[t, j, 0])
                y = np.float64(position[t, i, 1]) - np.float64(position[t, j, 1])
                both = np.float64(radius[i]) + np.float64(radius[j])
                squared = (x * x + y * y) / (both * both)
                touch = squared <= REACH * REACH
                if touch and not touched[i, j]:
                    away[i, j] = squared
                touched[i, j] = touch
        while away.min() < np.inf:
            pair = away.argmin()  # of equals, the lower indices
            i, j = pair // balls, pair % balls
            answer[i], answer[j] = answer[j], answer[i]
            away[i, j] = np.inf
        b = ball[t]
        if b >= 0 and answer[b] == WHITE:
            answer[b] = color[t]
        answers[t] = answer
    return answers

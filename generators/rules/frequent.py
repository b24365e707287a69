"""Rule `frequent`: a ball's most frequent colour (PAPER §7.2)."""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Frequent:
    """The non-white colour given most often; a tie goes to the colour of the tie given first; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        answers = np.full((len(blinks.ball), balls), WHITE, dtype=np.uint8)
        counts: list[dict[int, int]] = [{} for _ in range(balls)]  # dicts keep the order in which colours came
        for t, (ball, color) in enumerate(zip(blinks.ball.tolist(), blinks.color.tolist(), strict=True)):
            if ball >= 0:
                given = counts[ball]
                given[color] = given.get(color, 0) + 1
                answers[t:, ball] = max(given, key=given.__getitem__)  # max keeps the first of a tie
        return answers

"""Rule `frequent`: a ball's most frequent colour (PAPER §1)."""

from dataclasses import dataclass

import numpy as np

from generators.rules.own_colors import answers_from_own_colors
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Frequent:
    """The non-white colour given most often; a tie goes to the colour of the tie given first; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return answers_from_own_colors(blinks, balls, _leaders)


def _leaders(given: np.ndarray) -> np.ndarray:
    """The most frequent colour after each blink. Only the colour just given can take the lead."""
    colors = given.tolist()
    counts: dict[int, int] = {}
    first: dict[int, int] = {}
    leader, leaders = colors[0], []
    for time, color in enumerate(colors):
        counts[color] = counts.get(color, 0) + 1
        first.setdefault(color, time)
        if (counts[color], -first[color]) > (counts[leader], -first[leader]):
            leader = color
        leaders.append(leader)
    return np.array(leaders, dtype=np.uint8)

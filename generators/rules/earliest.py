"""Rule `earliest`: a ball's first colour (PAPER §1)."""

from dataclasses import dataclass

import numpy as np

from generators.rules.own_colors import answers_from_own_colors
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class Earliest:
    """The first non-white colour that the ball was given; white if none."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return answers_from_own_colors(blinks, balls, lambda given: np.full_like(given, given[0]))

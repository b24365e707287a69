"""Rule `none`: no ball ever blinks (PAPER §5, video prediction)."""

from dataclasses import dataclass

import numpy as np

from generators.palette import WHITE
from generators.rules.rule import Blinks


@dataclass(frozen=True)
class NoColor:
    """No ball blinks, and all stay white: for video prediction. Goes with 0 colours."""

    def answers(self, blinks: Blinks, balls: int) -> np.ndarray:
        return np.full((len(blinks.ball), balls), WHITE, np.uint8)

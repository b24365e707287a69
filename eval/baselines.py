"""Predictions that need no model, to set beside every result: what is the best, and what is nothing?"""

from collections.abc import Callable

import numpy as np

from eval.discs import paint
from eval.oracle import oracle
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE

CHANCE_SEED = 0


def white(truth: Truth) -> np.ndarray:
    """Every ball at its true place, and white: what a model learns that never learns the rule."""
    return paint(truth.top, np.full(truth.radius.shape, WHITE, dtype=np.uint8))


def chance(truth: Truth, seed: int = CHANCE_SEED) -> np.ndarray:
    """Every ball at its true place, in a colour drawn uniformly from those that aren't white.

    painted_accuracy is 1 / colors but for the luck of the draw.
    """
    rng = np.random.default_rng(seed)
    last = FIRST_COLOR + truth.colors
    return paint(truth.top, rng.integers(FIRST_COLOR, last, size=truth.radius.shape, dtype=np.uint8))


# Name → truth of n episodes → class map, uint8 (n, y, x).
BASELINES: dict[str, Callable[[Truth], np.ndarray]] = {"oracle": oracle, "chance": chance, "white": white}

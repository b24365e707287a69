"""What a metric is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eval.estimate import Sums
from eval.truth import Truth


@dataclass(frozen=True)
class Metric:
    """A score on predictions, between 0 and 1.

    summary: one line.
    best:    the value of a perfect prediction.
    unit:    what n counts: "balls" or "episodes".
    sums:    (class_map uint8 (n, y, x), truth of n episodes) → sums per episode, each from its own episode alone.
    """

    summary: str
    best: float
    unit: str
    sums: Callable[[np.ndarray, Truth], Sums]

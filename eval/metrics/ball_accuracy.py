"""`ball_accuracy`: the share of all balls that have their right colour."""

import numpy as np

from eval.estimate import Sums
from eval.metrics.balls import UNSEEN, ball_colors
from eval.metrics.metric import Metric
from eval.truth import Truth


def sums(class_map: np.ndarray, truth: Truth) -> Sums:
    color = ball_colors(class_map, truth)
    right = color == truth.answer
    return Sums(right.sum(axis=1, dtype=np.float64), (color != UNSEEN).sum(axis=1, dtype=np.float64))


METRIC = Metric("balls in their right colour, by majority over the true disc", best=1.0, unit="balls", sums=sums)

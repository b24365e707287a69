"""`painted_accuracy`: the share of the balls whose answer isn't white that have their right colour.

A model that places the balls but never learns the rule paints them white: it scores 0 here.
"""

import numpy as np

from eval.estimate import Sums
from eval.metrics.balls import UNSEEN, ball_colors
from eval.metrics.metric import Metric
from eval.truth import Truth
from generators.palette import WHITE


def sums(class_map: np.ndarray, truth: Truth) -> Sums:
    color = ball_colors(class_map, truth)
    painted = (color != UNSEEN) & (truth.answer != WHITE)
    right = painted & (color == truth.answer)
    return Sums(right.sum(axis=1, dtype=np.float64), painted.sum(axis=1, dtype=np.float64))


METRIC = Metric("ball_accuracy of the balls whose answer isn't white", best=1.0, unit="balls", sums=sums)

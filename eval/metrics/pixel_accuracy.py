"""`pixel_accuracy`: the share of the target's pixels, background included, that have their right class."""

import numpy as np

from eval.estimate import Sums
from eval.metrics.metric import Metric
from eval.truth import Truth


def sums(class_map: np.ndarray, truth: Truth) -> Sums:
    right = (class_map == truth.target).mean(axis=(1, 2), dtype=np.float64)
    return Sums(right, np.ones_like(right))


METRIC = Metric("pixels in their right class, background included", best=1.0, unit="episodes", sums=sums)

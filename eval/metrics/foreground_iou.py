"""`foreground_iou`: are the balls in the right place, whatever their colour?

Intersection over union of the pixels that are not background, per episode, averaged over the episodes;
1 where both are empty.
"""

import numpy as np

from eval.estimate import Sums
from eval.metrics.metric import Metric
from eval.truth import Truth
from generators.palette import BACKGROUND


def sums(class_map: np.ndarray, truth: Truth) -> Sums:
    predicted, true = class_map != BACKGROUND, truth.target != BACKGROUND
    both = (predicted & true).sum(axis=(1, 2), dtype=np.float64)
    either = (predicted | true).sum(axis=(1, 2), dtype=np.float64)
    iou = np.divide(both, either, out=np.ones_like(both), where=either > 0)
    return Sums(iou, np.ones_like(iou))


METRIC = Metric("intersection over union of the pixels that are not background", best=1.0, unit="episodes", sums=sums)

"""The metrics on predictions.

To add one, open `pixel_accuracy.py`, write its sibling, and list it here; `check_metric` tests what is listed.
"""

from eval.metrics import ball_accuracy, foreground_iou, mse, painted_accuracy, pixel_accuracy
from eval.metrics.check import check_metric
from eval.metrics.metric import Metric

METRICS: dict[str, Metric] = {
    "ball_accuracy": ball_accuracy.METRIC,
    "painted_accuracy": painted_accuracy.METRIC,
    "foreground_iou": foreground_iou.METRIC,
    "pixel_accuracy": pixel_accuracy.METRIC,
    "mse": mse.METRIC,
}

__all__ = ["METRICS", "Metric", "check_metric"]

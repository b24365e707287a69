"""`mse`: mean squared error of the RGB image through the palette, channels in [0, 1]; 0 is perfect."""

import numpy as np

from eval.estimate import Sums
from eval.metrics.metric import Metric
from eval.truth import Truth


def sums(class_map: np.ndarray, truth: Truth) -> Sums:
    mse = squared_error(class_map, truth.target, truth.palette)
    return Sums(mse, np.ones_like(mse))


def squared_error(class_map: np.ndarray, target: np.ndarray, palette: np.ndarray) -> np.ndarray:
    """Mean over each image, float64 (n,), of class maps uint8 (n, y, x) through a palette uint8 (classes, 3)."""
    # Images hold few classes: the error of each pair of classes once, then a look-up instead of an RGB image.
    rgb = palette.astype(np.float64) / 255
    error = ((rgb[:, None] - rgb[None]) ** 2).mean(axis=-1)  # (predicted class, true class)
    pair = class_map.astype(np.intp) * len(palette) + target
    return error.ravel()[pair].mean(axis=(1, 2))


METRIC = Metric("mean squared error in RGB, channels from 0 to 1", best=0.0, unit="episodes", sums=sums)

"""Predictions that need no model, to set beside every rollout."""

from collections.abc import Callable

import numpy as np

from eval.discs import paint, top_ball
from eval.video.truth import VideoTruth
from generators.palette import BACKGROUND, WHITE


def copy_last(truth: VideoTruth) -> np.ndarray:
    """The last context frame, again and again: what stands still costs nothing."""
    return np.repeat(truth.last[:, None], truth.future.shape[1], axis=1)


def empty(truth: VideoTruth) -> np.ndarray:
    """No ball anywhere: what costs least without knowing where they are. A model that loses its balls comes to this."""
    return np.full_like(truth.future, BACKGROUND)


def constant_velocity(truth: VideoTruth) -> np.ndarray:
    """An oracle that reads the true tracks, and knows walls but no collisions.

    Every ball goes on from its true place with its true velocity in the last context frame, bounces off the walls, and
    passes through the other balls. So it is right until the first collision, but for a fraction of a pixel: the world
    turns a ball at one of its substeps, not in between.
    """
    left, top, right, bottom = truth.bounds
    radius = truth.radius.astype(np.float64)[..., None]
    low, high = np.array([left, top]) + radius, np.array([right, bottom]) - radius
    white = np.full(truth.radius.shape, WHITE, dtype=np.uint8)
    drawn = np.empty_like(truth.future)
    for t in range(truth.future.shape[1]):
        position = folded(truth.position + (t + 1) * truth.velocity.astype(np.float64), low, high)
        drawn[:, t] = paint(top_ball(position.astype(np.float32), truth.radius, *truth.last.shape[1:]), white)
    return drawn


def folded(position: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """A straight way folded into [low, high], as a mirror at either end folds it."""
    span = high - low
    return high - np.abs((position - low) % (2 * span) - span)


# Name → truth of n episodes → frames, uint8 (n, time, y, x).
BASELINES: dict[str, Callable[[VideoTruth], np.ndarray]] = {
    "copy-last": copy_last,
    "empty": empty,
    "constant-velocity": constant_velocity,
}

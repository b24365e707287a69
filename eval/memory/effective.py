"""Effective memory: how many of the last frames a perfect solver must see to score what a model scores.

With f(w) the score of the windowed oracle on the model's own episodes, w = 0 … T − 1, and s the model's, it is the w at
which f reaches s, linear between whole frames:

- Scored are the balls of `painted_accuracy`: seen, and not white in truth. A right colour is worth 1, **white
  1 / colors**, anything else 0, to the oracle as to the model. White says "don't know", and is worth what a guess is
  worth: who doesn't know whether a ball was painted at all does well to leave it white, and loses nothing by it. And
  the oracle needn't draw lots.
- s ≤ f(0) gives 0. f(0) is 1 / colors: what chance scores, and white balls.
- f grows with w but for the luck of the draw. Where it crosses s more than once, that crossing is taken which leaves
  the least of f on the wrong side of s: the one of isotonic regression. If there are two such, the first.
- Where f is flat, it is the least w that reaches s. The whole oracle has T − 1 unless fewer frames tell all, as they do
  under `latest`: it is **at least** so far back that a model remembers. And where f hardly rises, as it does under
  `earliest` until w is nearly T − 1, a little luck is much memory: the interval tells.
- The interval resamples episodes, for model and oracle together (`eval.estimate`).
"""

import numpy as np

from eval.estimate import CONFIDENCE, RESAMPLES, SEED, Estimate, times_drawn
from eval.truth import Truth
from generators.palette import WHITE


def worth(color: np.ndarray, truth: Truth, scored: np.ndarray) -> np.ndarray:
    """What an episode's colours are worth in units of 1 / colors, so in whole numbers: float64 (n,).

    color: palette classes (n, ball).   scored: the balls that are, bool (n, ball).
    """
    each = np.where(color == truth.answer, truth.colors, color == WHITE)
    return (each * scored).sum(axis=1, dtype=np.float64)


def effective_memory(
    scores: np.ndarray, curve: np.ndarray, balls: np.ndarray, *, seed: int = SEED, resamples: int = RESAMPLES
) -> list[Estimate]:
    """The effective memory in frames of each of some models, from what every episode is `worth`; n counts balls.

    scores: the models', float64 (n, model).   curve: the windowed oracle's, float64 (n, window).
    balls:  how many are scored, (n,).
    """
    windows, models = curve.shape[1], scores.shape[1]
    total = int(balls.sum())
    if not total:
        return [Estimate(np.nan, np.nan, np.nan, 0)] * models
    columns = np.concatenate([curve, scores, balls[:, None]], axis=1, dtype=np.float64)
    columns = columns[np.lexsort(columns.T)]  # so that the order they came in changes nothing

    def memories(sums: np.ndarray) -> np.ndarray:
        return np.stack([crossing(sums[:, :windows], sums[:, windows + m]) for m in range(models)], axis=1)

    drawn = []
    for times in times_drawn(len(columns), np.random.default_rng(seed), resamples):
        sums = times @ columns
        drawn.append(memories(sums[sums[:, -1] > 0]))  # a resample without a ball tells nothing
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.concatenate(drawn), (tail, 1 - tail), axis=0)
    values = memories(columns.sum(0, keepdims=True))[0]
    ends = zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Estimate(value, lowest, highest, total) for value, lowest, highest in ends]


def crossing(curve: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The w at which curves float64 (n, window) reach scores (n,), by the conventions above: float64 (n,)."""
    excess = np.cumsum(curve - score[:, None], axis=1)
    # k windows are below the score: so many that f − s, summed over them, is least.
    k = np.where((score > curve[:, 0]) & (excess.min(axis=1) < 0), excess.argmin(axis=1) + 1, 0)
    above, row = np.clip(k, 1, curve.shape[1] - 1), np.arange(len(curve))
    low, high = curve[row, above - 1], curve[row, above]
    part = np.divide(score - low, high - low, out=np.ones_like(low), where=high > low)
    return np.where(k > 0, above - 1 + np.clip(part, 0, 1), 0.0)

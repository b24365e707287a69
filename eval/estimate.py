"""From per-episode sums to a value with its interval: the one place where intervals are made.

Every score is a ratio of sums, Σ numerator / Σ denominator over the episodes, with a 95 % percentile
bootstrap that resamples *episodes*: the balls of one episode share its physics and its blinks, so they
are not independent, and resampling balls would give intervals that are too narrow. The resampling is
seeded with SEED, so that equal predictions have equal intervals (but for rounding in the last place), in
whatever order their episodes come.

Where all episodes score alike (all perfect, say) the bootstrap has nothing to resample and the interval
is that one value, however small n is; for a bound that is honest there, take e.g. the rule of three, 3 / n.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SEED = 0
RESAMPLES = 2000
CONFIDENCE = 0.95
WEIGHTS_AT_ONCE = 2_000_000  # bounds the memory: 16 MB of weights
COLUMNS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Sums:
    """What a metric yields: a numerator and a denominator for every episode, float64 (n,) each.

    The denominator counts the units scored: the balls of a metric on balls, 1 of a metric on images.
    """

    numerator: np.ndarray
    denominator: np.ndarray


@dataclass(frozen=True)
class Estimate:
    """A score: its value, the ends of its 95 % interval, and n, the number of units scored.

    With n = 0 the other three are NaN (null in JSON).
    """

    value: float
    low: float
    high: float
    n: int

    def to_json(self) -> dict[str, float | int | None]:
        """{"value", "low", "high", "n"}."""
        return {
            "value": None if np.isnan(self.value) else self.value,
            "low": None if np.isnan(self.low) else self.low,
            "high": None if np.isnan(self.high) else self.high,
            "n": self.n,
        }


def estimate(sums: Sequence[Sums], *, seed: int = SEED, resamples: int = RESAMPLES) -> list[Estimate]:
    """The estimate of each; all of them over the same number of episodes."""
    estimates: list[Estimate] = []
    for first in range(0, len(sums), COLUMNS_AT_ONCE):
        some = [_sorted(s) for s in sums[first : first + COLUMNS_AT_ONCE]]
        numerator = np.stack([s.numerator for s in some], axis=1)
        denominator = np.stack([s.denominator for s in some], axis=1)
        drawn = _resample(numerator, denominator, np.random.default_rng(seed), resamples)
        estimates += [_summary(s, drawn[:, k]) for k, s in enumerate(some)]
    return estimates


def _sorted(sums: Sums) -> Sums:
    """The same episodes in an order of their own, so that the order they came in changes nothing."""
    order = np.lexsort((sums.denominator, sums.numerator))
    return Sums(sums.numerator[order].astype(np.float64), sums.denominator[order].astype(np.float64))


def _resample(numerator: np.ndarray, denominator: np.ndarray, rng: np.random.Generator, resamples: int) -> np.ndarray:
    """Ratios of resampled episodes, (resamples, column); NaN where a resample has no unit.

    numerator, denominator: (n, column). How often each episode is drawn is multinomial; every column shares it.
    """
    if len(numerator) == 0:
        return np.full((resamples, numerator.shape[1]), np.nan)
    ratios = []
    for times in times_drawn(len(numerator), rng, resamples):
        with np.errstate(invalid="ignore"):
            ratios.append((times @ numerator) / (times @ denominator))
    return np.concatenate(ratios)


def times_drawn(n: int, rng: np.random.Generator, resamples: int = RESAMPLES) -> Iterator[np.ndarray]:
    """How often each of n episodes is drawn in each resample, a block of resamples at a time: float64 (some, n)."""
    at_once = max(1, WEIGHTS_AT_ONCE // n)
    for first in range(0, resamples, at_once):
        rows = min(at_once, resamples - first)
        drawn = rng.integers(n, size=(rows, n)) + np.arange(rows)[:, None] * n
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


def _summary(sums: Sums, drawn: np.ndarray) -> Estimate:
    n = int(sums.denominator.sum())
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    scored = sums.denominator > 0
    each = sums.numerator[scored] / sums.denominator[scored]
    if each.min() == each.max():  # said outright, so that rounding can't put the ends on either side of it
        value = float(each[0])
        return Estimate(value, value, value, n)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(drawn, (tail, 1 - tail))
    return Estimate(float(sums.numerator.sum() / sums.denominator.sum()), float(low), float(high), n)

"""How likely is so much by chance? A few tests in plain numpy.

Their null: a ball's colour is drawn uniformly, and independently of all else. It is exact for the answers of balls that
were painted, under every rule: rules treat colours alike, and the blinks are independent of the physics.
"""

import math
from collections.abc import Iterable

import numpy as np


def binomial_tail(k: int, n: int, p: float) -> float:
    """The probability of k or more hits in n trials."""
    if k <= 0 or p >= 1:
        return 1.0
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])  # of factorials
    hits = np.arange(k, n + 1)
    terms = logs[n] - logs[hits] - logs[n - hits] + hits * math.log(p) + (n - hits) * math.log1p(-p)
    return min(1.0, float(np.exp(terms).sum()))


def chi_square_tail(x: float, freedom: float) -> float:
    """The probability that chi-square is x or more, by its cube root, nearly normal (Wilson and Hilferty 1931).

    Far out it errs towards chance: what is 1e-6 it takes for 1e-6 to 3e-6.
    """
    if x <= 0:
        return 1.0
    spread = 2 / (9 * freedom)
    return normal_tail(((x / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))


def normal_tail(z: float) -> float:
    """The probability that a standard normal number is z or more."""
    return math.erfc(z / math.sqrt(2)) / 2


def uniform_p(counts: np.ndarray) -> float:
    """The probability that counts of equally likely things differ as much as these, by chi-square."""
    if len(counts) < 2 or not counts.sum():
        return 1.0
    expected = counts.sum() / len(counts)
    return chi_square_tail(float(((counts - expected) ** 2).sum() / expected), len(counts) - 1)


def mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """What one of two features, whole numbers from 0, says about the other, in bits. The fewer things, the higher."""
    height, width = int(a.max(initial=0)) + 1, int(b.max(initial=0)) + 1
    table = np.bincount(a * width + b, minlength=height * width).reshape(height, width) / max(1, len(a))
    independent = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    there = table > 0
    return float((table[there] * np.log2(table[there] / independent[there])).sum())


def dependence(label: np.ndarray, feature: np.ndarray, shuffles: Iterable[np.ndarray]) -> tuple[float, float, float]:
    """What a feature says about a label (in bits), what of shuffled labels, and how likely so much is by chance.

    shuffles: of the label, many. So few shuffles can't tell how rare the rare is; but shuffled information is about
    chi-square, so its tail is taken from the scaled one that has the mean and the variance of the shuffles.
    """
    found = mutual_information(label, feature)
    null = np.array([mutual_information(shuffled, feature) for shuffled in shuffles])
    mean, variance = float(null.mean()), float(null.var(ddof=1))
    if variance < 1e-24:  # nothing to shuffle: one label, or one feature
        return found, mean, 1.0 if found <= mean + 1e-9 else 0.0
    return found, mean, chi_square_tail(2 * mean * found / variance, 2 * mean**2 / variance)

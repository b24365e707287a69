"""The adjusted Rand index of Hubert and Arabie (1985): do two labellings put the same points together?

Of all pairs of points, those that both labellings put together are counted, less the number expected of labellings
drawn at random with the same group sizes, and scaled so that equal labellings score 1. The names of the groups don't
matter. Chance is 0, below 0 is worse. Where both labellings are one group, or both put every point alone, nothing can
be wrong and the index is 1, as in SAVi's code (google-research/slot-attention-video, savi/lib/metrics.py). The tests
hold it to the definition pair by pair, and to the pair-confusion formula that scikit-learn uses. Which points count, of
FG-ARI those of the foreground alone, is for the caller to say (`eval.slots`).
"""

import numpy as np


def adjusted_rand_index(one: np.ndarray, other: np.ndarray) -> float:
    """The index of two labellings of the same points, whole numbers of any shape.

    Raises ValueError when they have not the same shape, or no points.
    """
    if one.shape != other.shape or not one.size:
        raise ValueError(f"labels have shapes {one.shape} and {other.shape}; give two labels of each of some points")
    table = _shared_points(one, other)
    both, first, second, total = (_pairs(counts) for counts in (table, table.sum(1), table.sum(0), table.sum()))
    # (both − chance) / (most − chance), with chance = first · second / total and most = (first + second) / 2
    over = both * total - first * second
    range_ = (first + second) * total - 2 * first * second
    return 2 * over / range_ if range_ else 1.0


def _shared_points(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How many points each group of one shares with each group of the other: int64 (group, group)."""
    _, row = np.unique(one.ravel(), return_inverse=True)
    _, column = np.unique(other.ravel(), return_inverse=True)
    shape = (row.max() + 1, column.max() + 1)
    return np.bincount(row * shape[1] + column, minlength=shape[0] * shape[1]).reshape(shape)


def _pairs(counts: np.ndarray) -> int:
    """Ordered pairs of points within groups of these sizes. A Python integer, so that what follows is exact."""
    return int((counts * (counts - 1)).sum())

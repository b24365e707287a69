"""Where is the snitch in the last frame? Scores of guesses at its cell in the 6×6 grid, 0 to 35, row by row.

As the code of CATER has them (rohitgirdhar/CATER, baselines/video-nonlocal-net/lib/utils/localization_eval.py;
1910.04744, task 3), and 2406.12272, §7.4:

- `top1`, `top5`: the share of the episodes whose true cell is among the 1 or 5 cells with the highest logits. Of cells
  that are level, each is as likely as the other to be taken: a guess that says nothing scores 1/36 and 5/36.
- `l1`: rows plus columns (Manhattan distance) from the cell with the highest logit to the true one; the mean of those
  that are level. In cells, 0 is best.

`by_hidden` scores apart the episodes whose snitch was last seen so and so many frames before the end: what is in sight
at the end needs no memory. Baselines: `last-seen` is the place where the snitch was last seen, with the cells around it
ranked by their distance; `last-frame` is what the last frame alone can tell, to who sees it perfectly: where the snitch
is, or else where the cones are that it may be under; `prior` ranks cells by how often they are the answer in training;
`oracle` knows. Who is no better than `last-frame` has not been shown to remember anything.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from eval.estimate import Estimate, Sums, estimate

SIDE = 6
CELLS = SIDE * SIDE
METRICS = ("top1", "top5", "l1")
BINS = (0, 1, 30, 100)  # frames hidden at the end, the first of each bin
ROOMY = (5**0.5 - 1) / 2  # how large a sphere just fits in a cone of size 1, as high as it is wide
NEAR = 1e-3  # metres that are none

_row, _column = np.divmod(np.arange(CELLS), SIDE)
DISTANCE = np.abs(_row[:, None] - _row) + np.abs(_column[:, None] - _column)  # (cell, cell), in cells


def score_snitch(logits: np.ndarray, cell: np.ndarray) -> dict[str, Estimate]:
    """Name of METRICS → estimate, over episodes.

    logits: float (n, 36), the higher the likelier (−∞ for never).   cell: whole numbers (n,), the true cells.
    Raises ValueError when they don't go together or there are none.
    """
    return _estimates(*_scored(logits, cell))


def by_hidden(
    logits: np.ndarray, cell: np.ndarray, hidden_frames: np.ndarray, bins: Sequence[int] = BINS
) -> dict[str, dict[str, Estimate]]:
    """The scores of the episodes in each bin, {"0": {name: estimate}, "1-29": …, "100+": …}; n = 0 for an empty one.

    hidden_frames: whole numbers (n,), frames since the snitch was last seen, at the end; 0 where it is seen there.
    bins: the least hidden frames of each, rising from 0.
    Raises what `score_snitch` raises, and ValueError for other bins.
    """
    if list(bins) != sorted({0, *bins}):
        raise ValueError(f"the bins are {tuple(bins)}; give rising numbers of frames from 0")
    scores, _ = _scored(logits, cell)
    if hidden_frames.shape != cell.shape:
        raise ValueError(f"hidden_frames is {hidden_frames.shape}, the cells {cell.shape}; give one for each episode")
    which = np.searchsorted(bins, hidden_frames, side="right") - 1
    return {name: _estimates(scores, which == k) for k, name in enumerate(_names(bins))}


def last_seen(cell: np.ndarray, snitch_visible: np.ndarray) -> np.ndarray:
    """Logits, float64 (n, 36), of the place where the snitch was last seen, nearer cells higher; level if it never was.

    cell, snitch_visible: whole numbers (n, time), the store's arrays.
    """
    seen = snitch_visible.astype(bool)
    last = seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
    place = np.take_along_axis(cell, last[:, None], axis=1)[:, 0]
    return -DISTANCE[place] * seen.any(axis=1, keepdims=True).astype(np.float64)


def last_frame(
    cell: np.ndarray, covered_by: np.ndarray, position: np.ndarray, cone: np.ndarray, size: np.ndarray
) -> np.ndarray:
    """Logits, float64 (n, 36): of the last frame alone. The snitch's cell where nothing covers it; else how many cones
    are in each cell that stand on the floor, in no other cone, and are large enough for the snitch, object 0.

    cell, covered_by: whole numbers (n,).   position: metres (n, object, xyz).   All three of the last frame.
    cone: bool (n, object).   size: metres (n, object), half the extent.
    """
    logits = np.eye(CELLS)[cell]
    for i in np.flatnonzero(covered_by >= 0):
        place, own = position[i].astype(np.float64), size[i].astype(np.float64)
        standing = cone[i] & (place[:, 2] < own + NEAR)
        larger = standing & (own > own[:, None] + NEAR)  # [object, other]: a cone that could be over it
        apart = np.abs(place[:, None, :2] - place[:, :2]).max(axis=2)
        able = standing & (own * ROOMY >= own[0]) & ~(larger & (apart < NEAR)).any(axis=1)
        column, row = np.clip(np.floor(place[able, :2]) + SIDE // 2, 0, SIDE - 1).astype(int).T
        logits[i] = np.bincount(SIDE * row + column, minlength=CELLS)
    return logits


def prior(train_cell: np.ndarray, n: int) -> np.ndarray:
    """Logits, float64 (n, 36), the same for every episode: how often each cell is the answer in training, (m,)."""
    counts = np.bincount(train_cell, minlength=CELLS).astype(np.float64)
    return np.tile(counts, (n, 1))


def oracle(cell: np.ndarray) -> np.ndarray:
    """Logits, float64 (n, 36), of who knows the true cells, (n,)."""
    return np.eye(CELLS)[cell]


def _scored(logits: np.ndarray, cell: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every episode's score in METRICS, float64 (metric, n), and that all count, (n,)."""
    if logits.ndim != 2 or logits.shape != (len(cell), CELLS) or not len(cell) or cell.ndim != 1:
        raise ValueError(f"logits are {logits.shape}, cells {cell.shape}; give {CELLS} logits and a cell an episode")
    if not np.issubdtype(cell.dtype, np.integer) or cell.min() < 0 or cell.max() >= CELLS:
        raise ValueError(f"the cells are {cell.dtype} from {cell.min()} to {cell.max()}; give 0 to {CELLS - 1}")
    if np.isnan(logits).any():
        raise ValueError("the logits hold NaN; give those of a model that hasn't diverged")
    true = np.take_along_axis(logits, cell[:, None].astype(np.intp), axis=1)
    higher, level = (logits > true).sum(axis=1), (logits == true).sum(axis=1)
    top1, top5 = (np.clip((k - higher) / level, 0, 1) for k in (1, 5))
    best = logits == logits.max(axis=1, keepdims=True)
    l1 = (best * DISTANCE[cell]).sum(axis=1) / best.sum(axis=1)
    return np.stack([top1, top5, l1]), np.ones(len(cell), bool)


def _estimates(scores: np.ndarray, which: np.ndarray) -> dict[str, Estimate]:
    return dict(zip(METRICS, estimate([Sums(score * which, which) for score in scores]), strict=True))


def _names(bins: Sequence[int]) -> list[str]:
    last = [f"{bins[-1]}+"]
    return [f"{a}" if b == a + 1 else f"{a}-{b - 1}" for a, b in pairwise(bins)] + last

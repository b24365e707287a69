"""How far off is a predicted depth? Errors over the pixels whose true depth is known.

The formulas are those of Eigen, Puhrsch and Fergus (1406.2283), with d the prediction, d* the truth, and T all
pixels that count, of all frames of all episodes:

    mse     = 1/|T| Σ (d − d*)²        rmse = √mse          in metres², metres
    abs_rel = 1/|T| Σ |d − d*| / d*                         0 is perfect
    delta   = share of pixels with max(d / d*, d* / d) < 1.25        1 is perfect

- Pixels that count have a depth that is finite and more than 0 (a lidar leaves holes), and lie in the mask `valid`
  where one is given: give one that leaves the sky out, or `segmentation > 0` for objects alone.
- The scale is as predicted. Nothing is aligned, by medians or otherwise, and nothing is clipped; so numbers of papers
  that scale by the median of each image can't be set beside these.
- A prediction of 0 or less is off by what it is off, and never within 1.25.
- All pixels count alike, so frames with holes count less; n counts pixels. Intervals resample episodes. (Elsewhere the
  errors, and the root above all, are often means over images: equal for mse and abs_rel where no pixel is left out.)
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import repeat, zip_longest

import numpy as np

from eval.estimate import Estimate, Sums, estimate

METRICS = ("mse", "rmse", "abs_rel", "delta")
NEAR = 1.25


def score_depth(
    depths: Iterable[np.ndarray], truths: Iterable[np.ndarray], valid: Iterable[np.ndarray] | None = None
) -> dict[str, Estimate]:
    """Name of METRICS → estimate, over pixels; one episode is held at a time.

    depths, truths: float (n, time, y, x), metres, or anything that yields episodes (time, y, x).
    valid: bool, the pixels that may count, as the others; None for all.
    Raises ValueError when they don't go together, or the prediction isn't finite where it counts.
    """
    sums = []
    for depth, truth, mask in zip_longest(depths, truths, repeat(True) if valid is None else valid):
        if depth is None and truth is None and valid is None:
            break
        if depth is None or truth is None or mask is None:
            raise ValueError("there are not as many depths as true ones, or masks; give one of each for every episode")
        sums.append(_episode_sums(np.asarray(depth), np.asarray(truth), np.asarray(mask)))
    if not sums:
        raise ValueError("there are no episodes to score; give at least one")
    pixels, *errors = np.array(sums, dtype=np.float64).T
    mse, abs_rel, delta = estimate([Sums(error, pixels) for error in errors])
    rmse = replace(mse, value=mse.value**0.5, low=mse.low**0.5, high=mse.high**0.5)  # the root keeps the order
    return dict(zip(METRICS, (mse, rmse, abs_rel, delta), strict=True))


def _episode_sums(depth: np.ndarray, truth: np.ndarray, mask: np.ndarray) -> tuple[float, float, float, float]:
    """Pixels that count, and sums over them: squared error, relative error, within 1.25."""
    if depth.shape != truth.shape or mask.shape not in ((), truth.shape) or mask.dtype != bool:
        raise ValueError(
            f"a depth is {depth.shape}, the true one {truth.shape}, the mask {mask.dtype} {mask.shape}; give a depth "
            "and a bool for every pixel"
        )
    counts = np.isfinite(truth) & (truth > 0) & mask
    d, true = depth[counts].astype(np.float64), truth[counts].astype(np.float64)
    if not np.isfinite(d).all():
        raise ValueError("a depth is NaN or infinite where it is scored; give those of a model that hasn't diverged")
    off = np.abs(d - true)
    near = (d < NEAR * true) & (true < NEAR * d)
    return counts.sum(), (off**2).sum(), (off / true).sum(), near.sum()

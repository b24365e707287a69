"""What can be read from frozen slots about the objects they stand for (2406.12272, §7.3; 2107.00637).

Every object is given the slot that draws it (`eval.scenes.match`), and a head (`eval.scenes.heads`) reads the object's
attributes off that slot: a linear one its shape, colour, material (accuracy), a two-layer network its size, place,
speed (R²). Heads are fitted on training episodes and scored on test episodes; the slots themselves never change.

- Scored are the objects that are *there*, which the caller says: those that are seen in the frames looked at.
- An object that is there and has no slot is scored too, else a model would gain by drawing none but easy ones. Its
  answer is what one says who sees nothing: the commonest class, the mean value of the training objects.
- R² = 1 − Σ (y − ŷ)² / Σ (y − ȳ)², with ȳ the mean over the test objects (scikit-learn's r2_score); of several
  dimensions (x, y, z) the mean of their R². A dimension that never varies in the test isn't scored. 1 is perfect,
  0 is knowing the mean, there is no worst.
- The heads' penalty is chosen from PENALTIES: fitted on the first four fifths of the training episodes, the one that
  does best on the last fifth is fitted to all. The test has no part in it.
- Intervals resample the test episodes (`eval.estimate`) with the heads as they are. R² of several seeds is their mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.estimate import Estimate, Sums, estimate
from eval.scenes.heads import Head, fit_classes, fit_values
from eval.scenes.match import UNMATCHED

PENALTIES = (1.0, 1e-1, 1e-2, 1e-3)  # the strongest first: it wins a draw
SEEDS = (0, 1, 2)


@dataclass(frozen=True, eq=False)
class Points:
    """Objects to read from, of n episodes, so many (`point`) an episode: its objects, or those of each of its frames.

    features: float (n, point, width), NaN for an object with no slot (`features_of_objects`).
    target:   whole numbers from 0 (n, point), classes; or float (n, point) or (n, point, dim), values.
    there:    bool (n, point), the objects that are scored; what else is said of the others doesn't matter.
    Raises ValueError when they don't go together.
    """

    features: np.ndarray
    target: np.ndarray
    there: np.ndarray

    def __post_init__(self):
        shapes = self.features.shape[:-1], self.target.shape[:2], self.there.shape
        if self.features.ndim != 3 or len(set(shapes)) > 1 or self.there.dtype != bool:
            raise ValueError(
                f"features are {self.features.shape}, target {self.target.shape}, there {self.there.dtype} "
                f"{self.there.shape}; give (n, point, width), (n, point, …) and bool (n, point)"
            )
        if not self.there.any():
            raise ValueError("no object is there; give episodes with at least one that is seen")

    def take(self, rows: slice) -> "Points":
        """Some of the episodes."""
        return Points(self.features[rows], self.target[rows], self.there[rows])

    @property
    def matched(self) -> np.ndarray:
        """bool (n, point): there, and with a slot."""
        return self.there & np.isfinite(self.features).all(axis=-1)


def features_of_objects(slots: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """Each object's slot: float64 (n, object, width), NaN for an object with none.

    slots: float (n, slot, width).   slot: int64 (n, object), −1 for none (`eval.scenes.match.slots_of_objects`).
    Raises ValueError for slots that aren't finite.
    """
    if not np.isfinite(slots).all():
        raise ValueError("the slots hold NaN or infinity; give those of a model that hasn't diverged")
    found = np.take_along_axis(slots.astype(np.float64), np.maximum(slot, 0)[..., None], axis=1)
    return np.where((slot == UNMATCHED)[..., None], np.nan, found)


def probe_classes(train: Points, test: Points) -> dict[str, Estimate]:
    """{"accuracy": of the linear head, "prior": of the training objects' commonest class}, over objects.

    Raises ValueError unless the targets are whole numbers from 0.
    """
    for points in (train, test):
        if not np.issubdtype(points.target.dtype, np.integer) or points.target[points.there].min() < 0:
            raise ValueError(f"the classes are {points.target.dtype}; give whole numbers from 0")
    commonest = np.bincount(train.target[train.there]).argmax()
    head = _chosen(lambda some, penalty: fit_classes(*_matched(some), penalty), _share_wrong, train)
    answers = {"accuracy": _answers(head, test, commonest), "prior": np.full(test.there.shape, commonest)}
    sums = [
        Sums(((answer == test.target) & test.there).sum(axis=1), test.there.sum(axis=1)) for answer in answers.values()
    ]
    return dict(zip(answers, estimate(sums), strict=True))


def probe_values(train: Points, test: Points, seeds: Sequence[int] = SEEDS) -> dict[str, Estimate]:
    """{"r2": of the two-layer heads that start from these seeds}, over objects; n = 0 where nothing varies.

    Raises ValueError where a target isn't finite.
    """
    if not all(np.isfinite(points.target[points.there]).all() for points in (train, test)):
        raise ValueError("a value to be read off is NaN or infinite; leave such objects out (there)")
    train, test = _with_dims(train), _with_dims(test)
    mean = train.target[train.there].mean(axis=0)
    gains = []
    for seed in seeds:
        head = _chosen(lambda some, penalty, s=seed: fit_values(*_matched(some), penalty, s), _squared_error, train)
        gains.append(_r2_sums(_answers(head, test, mean), test))
    sums = Sums(np.mean([g.numerator for g in gains], axis=0), gains[0].denominator)
    found = estimate([sums])[0]
    return {"r2": replace(found, n=int(test.there.sum())) if found.n else found}


def _r2_sums(answer: np.ndarray, test: Points) -> Sums:
    """Sums per episode whose ratio is R²; the denominators add up to the number of objects that are there."""
    there = test.there[..., None]
    y = np.where(there, test.target, 0).astype(np.float64)
    around = np.where(there, y - y[test.there].mean(axis=0), 0)
    missed = np.where(there, y - answer, 0)
    spread, error = ((a**2).sum(axis=1) for a in (around, missed))  # (n, dim)
    total = spread.sum(axis=0)
    varies = total > 1e-12 * (y**2).sum(axis=(0, 1))
    scale = test.there.sum() / total[varies] / max(1, varies.sum())
    return Sums((spread - error)[:, varies] @ scale, spread[:, varies] @ scale)


def _chosen(
    fit: Callable[[Points, float], Head], miss: Callable[[np.ndarray, np.ndarray], float], train: Points
) -> Head | None:
    """The head of all training episodes, with the penalty that misses least on the last fifth; None of no slots."""
    if not train.matched.any():
        return None
    cut = len(train.there) - max(1, len(train.there) // 5)
    if not (train.matched[:cut].any() and train.matched[cut:].any()):  # too few to choose by
        return fit(train, PENALTIES[len(PENALTIES) // 2])
    x, y = _matched(train.take(slice(cut, None)))
    missed = [miss(fit(train.take(slice(cut)), penalty)(x), y) for penalty in PENALTIES]
    return fit(train, PENALTIES[int(np.argmin(missed))])


def _answers(head: Head | None, test: Points, unknown: np.ndarray | np.integer) -> np.ndarray:
    """What the head says of every object, and `unknown` where it has nothing to read: (n, point, …)."""
    answer = np.broadcast_to(unknown, (*test.there.shape, *np.shape(unknown))).copy()
    if head is not None and test.matched.any():
        answer[test.matched] = head(test.features[test.matched].astype(np.float64))
    return answer


def _matched(points: Points) -> tuple[np.ndarray, np.ndarray]:
    return points.features[points.matched].astype(np.float64), points.target[points.matched]


def _with_dims(points: Points) -> Points:
    target = points.target.astype(np.float64)
    return replace(points, target=target if target.ndim == 3 else target[..., None])


def _share_wrong(answer: np.ndarray, label: np.ndarray) -> float:
    return float((answer != label).mean())


def _squared_error(answer: np.ndarray, y: np.ndarray) -> float:
    spread = y.std(axis=0)
    return float((((answer - y) / np.where(spread > 0, spread, 1)) ** 2).mean())

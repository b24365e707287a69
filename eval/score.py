"""Scores: every metric, with its interval, of predictions against the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.age import estimate_by_age
from eval.baselines import BASELINES
from eval.estimate import Estimate, Sums, estimate
from eval.metrics import METRICS
from eval.metrics.balls import ball_colors
from eval.predictions import Predictions, PredictionsError
from eval.truth import Truth, truth_from

if TYPE_CHECKING:
    from generators.source import Source

PIXELS_AT_ONCE = 2**20  # bounds the memory of the metrics, whatever the number of episodes


@dataclass(frozen=True)
class Scores:
    """metrics: name of METRICS → estimate.   by_age: age in frames → painted_accuracy of the balls of that age."""

    metrics: dict[str, Estimate]
    by_age: dict[int, Estimate]

    def to_json(self) -> dict[str, dict[str, Any]]:
        """{"metrics": {name: {"value", "low", "high", "n"}}, "by_age": {"1": {…}, …}}."""
        return {
            "metrics": {name: e.to_json() for name, e in self.metrics.items()},
            "by_age": {str(age): e.to_json() for age, e in self.by_age.items()},
        }


def score(class_map: np.ndarray, truth: Truth) -> Scores:
    """Every metric of predictions, uint8 (n, y, x), against the truth of the same n episodes.

    Raises PredictionsError when their shape or their classes are not those of the truth.
    """
    _check_shape(class_map, truth.target.shape)
    _check_classes(class_map, truth.classes)
    parts: dict[str, list[Sums]] = {name: [] for name in METRICS}
    colors = []
    for rows in blocks(truth):
        some = truth.take(rows)
        for name, metric in METRICS.items():
            parts[name].append(metric.sums(class_map[rows], some))
        colors.append(ball_colors(class_map[rows], some))
    sums = [
        Sums(np.concatenate([s.numerator for s in p]), np.concatenate([s.denominator for s in p]))
        for p in parts.values()
    ]
    return Scores(
        metrics=dict(zip(METRICS, estimate(sums), strict=True)),
        by_age=estimate_by_age(np.concatenate(colors), truth),
    )


def blocks(truth: Truth) -> Iterator[slice]:
    """All rows of the truth, so many at a time as have PIXELS_AT_ONCE."""
    at_once = max(1, PIXELS_AT_ONCE // truth.target[0].size)
    for first in range(0, len(truth), at_once):
        yield slice(first, first + at_once)


def score_baselines(truth: Truth) -> dict[str, Scores]:
    """The scores of the oracle, of chance and of white balls on these episodes: name of BASELINES → scores."""
    return {name: score(baseline(truth), truth) for name, baseline in BASELINES.items()}


def score_predictions(predictions: Predictions, source: Source) -> Scores:
    """The scores of a predictions store against the data that it was made for.

    Raises PredictionsError when it was made for other data.
    """
    return score(predictions.class_map, truth_of(predictions, source))


def truth_of(predictions: Predictions, source: Source, *, progress: Callable[[int, int], None] | None = None) -> Truth:
    """The truth of the episodes that the predictions name. Raises what `check_belongs` raises."""
    check_belongs(predictions, source)
    return truth_from(source, predictions.index, progress=progress)


def check_belongs(predictions: Predictions, source: Source) -> None:
    """Raise PredictionsError, before any episode is read, unless the predictions are of this data.

    They are not when the fingerprint or the split differs, when they name episodes that the data does not
    have, or when they hold images of another size or classes that it does not have.
    """
    spec = source.spec
    if predictions.fingerprint != spec.fingerprint:
        raise PredictionsError(
            f"these predictions are of other data: they were made for {predictions.fingerprint[:12]}, and this is "
            f"{spec.fingerprint[:12]}; score them with the data they were made for, or predict this data"
        )
    if predictions.split != source.split:
        raise PredictionsError(
            f"these predictions are of the {predictions.split} split, and this is {source.split}; "
            f"score them with the {predictions.split} split"
        )
    beyond = predictions.index[predictions.index >= len(source)]
    if len(beyond):
        raise PredictionsError(
            f"these predictions name episode {beyond[0]}, and the data has {len(source)} {source.split} episodes; "
            "score them with the data they were made for"
        )
    size = spec.world.size
    _check_shape(predictions.class_map, (len(predictions.index), size, size))
    _check_classes(predictions.class_map, spec.classes)


def _check_shape(class_map: np.ndarray, shape: tuple[int, ...]) -> None:
    if class_map.shape != shape:
        raise PredictionsError(
            f"the predictions have shape {class_map.shape} (episode, y, x), and the target has {shape}; "
            "predict each episode's whole target image"
        )


def _check_classes(class_map: np.ndarray, classes: int) -> None:
    if class_map.dtype != np.uint8:
        raise PredictionsError(f"the predictions are {class_map.dtype}; give palette classes as uint8")
    if class_map.size and (largest := int(class_map.max())) >= classes:
        row = int((class_map >= classes).any(axis=(1, 2)).argmax())
        raise PredictionsError(
            f"the predictions hold class {largest} (first in row {row}), and the data's palette classes are "
            f"0 to {classes - 1}; give palette classes, not RGB or logits"
        )

"""A model's scores on one dataset, with the baselines beside them: as records, and as a table."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.score import Scores, score, score_baselines
from eval.slots import SlotScores
from eval.truth import Truth
from generators.source import Source
from generators.spec import Spec


@dataclass(frozen=True)
class Result:
    """Scores of one model on one dataset."""

    spec: Spec
    split: str
    episodes: int
    scores: Scores
    baselines: dict[str, Scores]
    preset: str | None = None
    slots: SlotScores | None = None

    def to_json(self) -> dict[str, Any]:
        """One record: what the data is, every metric as {"value", "low", "high", "n"}, and the baselines' metrics.

        With "slots" where they were scored.
        """
        return {
            "rule": self.spec.rule,
            "length": self.spec.length,
            "context_frames": self.spec.context_frames,
            "patches_per_side": self.spec.patches_per_side,
            "preset": self.preset,
            "fingerprint": self.spec.fingerprint,
            "split": self.split,
            "episodes": self.episodes,
            **self.scores.to_json(),
            "baselines": {name: scores.to_json()["metrics"] for name, scores in self.baselines.items()},
            **({"slots": self.slots.to_json()} if self.slots else {}),
        }


def result_of(
    class_map: np.ndarray, truth: Truth, source: Source, preset: str | None = None, slots: SlotScores | None = None
) -> Result:
    """Score predictions, uint8 (episode, y, x), against the truth of a source's episodes."""
    scores = score(class_map, truth)
    return Result(source.spec, source.split, len(truth), scores, score_baselines(truth), preset, slots)


def print_results(model: str, results: list[Result], as_json: bool, **more: Any) -> None:
    """One JSON document, or tables for people: metrics with their 95 % intervals, and accuracy by age."""
    from importlib.metadata import version

    from bcb.output import print_json, print_table

    if as_json:
        versions = {package: version(package) for package in ("bcb", "numpy")}
        print_json({"model": model, **more, "results": [r.to_json() for r in results], "versions": versions})
        return
    for result in results:
        # Metrics down, models across, baselines without their intervals (--json has them): 80 columns must do.
        rows = [
            [metric, _text(e), *(f"{scores.metrics[metric].value:.3f}" for scores in result.baselines.values())]
            for metric, e in result.scores.metrics.items()
        ]
        where = f"{result.preset}, " if result.preset else ""
        title = (
            f"{where}rule {result.spec.rule}, length {result.spec.length}: {result.episodes} {result.split} episodes"
        )
        print_table(title, ["", model, *result.baselines], rows)
        ages = [[str(age), _text(e), str(e.n)] for age, e in result.scores.by_age.items()]
        print_table("painted_accuracy by frames since the decisive blink", ["frames", model, "balls"], ages)
        if result.slots:
            _print_slots(model, result.slots)


def _print_slots(model: str, scores: SlotScores) -> None:
    from bcb.output import print_table

    rows = [
        [metric, _text(e), *(f"{found[metric].value:.3f}" for found in scores.baselines.values())]
        for metric, e in scores.metrics.items()
    ]
    title = f"which of {scores.slots} slots draws which ball: 1 where each ball has a slot of its own"
    print_table(title, ["", model, *scores.baselines], rows)


def _text(estimate) -> str:
    if not estimate.n:
        return "–"
    return f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"

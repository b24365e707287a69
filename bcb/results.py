"""A model's scores on one dataset, with the baselines beside them: as records, and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eval.estimate import Estimate
from eval.memory import MemoryScores
from eval.score import Scores
from eval.slots import SlotScores
from eval.video import VideoScores
from generators.spec import Spec

if TYPE_CHECKING:
    from bcb.tasks import Result

LEAST = 30  # balls of an age; fewer say nothing


@dataclass(frozen=True)
class BlinkingResult:
    """Scores of target images."""

    spec: Spec
    split: str
    episodes: int
    scores: Scores
    baselines: dict[str, Scores]
    memory: MemoryScores
    preset: str | None = None
    slots: SlotScores | None = None

    def to_json(self) -> dict[str, Any]:
        """One record: what the data is, every metric as {"value", "low", "high", "n"}, and the baselines' metrics.

        Under "memory" how far back the model remembers; with "slots" where they were scored.
        """
        return {
            **_data(self),
            **self.scores.to_json(),
            "baselines": {name: scores.to_json()["metrics"] for name, scores in self.baselines.items()},
            "memory": self.memory.to_json(),
            **_slots(self),
        }

    def show(self, model: str) -> None:
        """Metrics with their 95 % intervals, effective memory, and accuracy by age."""
        from bcb.output import print_table

        # Metrics down, models across, baselines without their intervals (--json has them): 80 columns must do.
        rows = [
            [metric, _text(e), *(f"{scores.metrics[metric].value:.3f}" for scores in self.baselines.values())]
            for metric, e in self.scores.metrics.items()
        ]
        where = f"{self.preset}, " if self.preset else ""
        title = f"{where}rule {self.spec.rule}, length {self.spec.length}: {self.episodes} {self.split} episodes"
        print_table(title, ["", model, *self.baselines], rows)
        _print_memory(model, self.memory, self.spec)
        ages = [[str(age), _text(e), str(e.n)] for age, e in self.scores.by_age.items() if e.n >= LEAST]
        left_out = len(self.scores.by_age) - len(ages)
        if ages:
            few = f" ({left_out} ages of fewer than {LEAST} balls left out; --json has them)" if left_out else ""
            print_table(f"painted_accuracy by frames since the decisive blink{few}", ["frames", model, "balls"], ages)
        if self.slots:
            _print_slots(model, self.slots)


@dataclass(frozen=True)
class VideoResult:
    """Scores of rollouts; `given`: how many frames came before what is predicted."""

    spec: Spec
    split: str
    episodes: int
    scores: VideoScores
    baselines: dict[str, VideoScores]
    preset: str | None
    slots: SlotScores | None
    given: int

    def to_json(self) -> dict[str, Any]:
        """As of the other task; and "by_frame", of the model and of each baseline."""
        return {
            "task": "video-prediction",
            **_data(self),
            "given_frames": self.given,
            "predicted_frames": self.spec.context_frames + 1 - self.given,
            **self.scores.to_json(),
            "baselines": {name: scores.to_json()["metrics"] for name, scores in self.baselines.items()},
            "baselines_by_frame": {name: scores.to_json()["by_frame"] for name, scores in self.baselines.items()},
            **_slots(self),
        }

    def show(self, model: str) -> None:
        """MSE of every predicted frame, with its 95 % interval."""
        from bcb.output import print_table

        all_ = (self.scores, *self.baselines.values())
        tables = [{"all": scores.metrics["mse"], **scores.by_frame} for scores in all_]
        rows = [
            [str(frame), _text(tables[0][frame], 4), *(f"{table[frame].value:.4f}" for table in tables[1:])]
            for frame in tables[0]
        ]
        where = f"{self.preset}, " if self.preset else ""
        predicted = self.spec.context_frames + 1 - self.given
        title = f"{where}{self.given} frames given, {predicted} predicted: {self.episodes} {self.split} episodes; mse"
        print_table(title, ["frame", model, *self.baselines], rows)
        if self.slots:
            _print_slots(model, self.slots)


def print_results(model: str, results: Sequence[Result], as_json: bool, **more: Any) -> None:
    """One JSON document, or tables for people."""
    from importlib.metadata import version

    from bcb.names import for_table
    from bcb.output import print_json

    if as_json:
        versions = {package: version(package) for package in ("bcb", "numpy")}
        print_json({"model": model, **more, "results": [r.to_json() for r in results], "versions": versions})
        return
    for result in results:
        result.show(for_table(model))


def _data(result: BlinkingResult | VideoResult) -> dict[str, Any]:
    return {
        "rule": result.spec.rule,
        "length": result.spec.length,
        "context_frames": result.spec.context_frames,
        "patches_per_side": result.spec.patches_per_side,
        "preset": result.preset,
        "fingerprint": result.spec.fingerprint,
        "split": result.split,
        "episodes": result.episodes,
    }


def _slots(result: BlinkingResult | VideoResult) -> dict[str, Any]:
    return {"slots": result.slots.to_json()} if result.slots else {}


def _print_memory(model: str, memory: MemoryScores, spec: Spec) -> None:
    from bcb.output import print_table

    names = {
        "effective_memory": f"of {spec.context_frames} frames",
        "effective_memory_steps": f"of {spec.length} steps",
        "effective_memory_share": "share",
    }
    if spec.patches_per_side == 1:
        del names["effective_memory_steps"]
    rows = []
    for metric, name in names.items():
        digits = 3 if name == "share" else 1
        others = [f"{found[metric].value:.{digits}f}" for found in memory.baselines.values()]
        rows.append([name, _text(memory.metrics[metric], digits), *others])
    title = "effective memory: how many of the last frames one must see, and apply the rule to, to score as much"
    print_table(title, ["", model, *memory.baselines], rows)


def _print_slots(model: str, scores: SlotScores) -> None:
    from bcb.output import print_table

    rows = [
        [metric, _text(e), *(f"{found[metric].value:.3f}" for found in scores.baselines.values())]
        for metric, e in scores.metrics.items()
    ]
    title = f"which of {scores.slots} slots draws which ball: 1 where each ball has a slot of its own"
    print_table(title, ["", model, *scores.baselines], rows)


def _text(estimate: Estimate, digits: int = 3) -> str:
    if not estimate.n:
        return "–"
    return f"{estimate.value:.{digits}f} [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"

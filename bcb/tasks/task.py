"""What a task is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from eval.predictions import Predictions
from eval.slots import SlotScores
from generators.source import Source
from generators.spec import Spec
from slotssm.recipe import TrainConfig

if TYPE_CHECKING:  # at run time it would load torch, of which `bcb generate` has no need
    from slotssm.models import SequenceModel

Report = Callable[[int, int], None]  # (episodes done, episodes in all)


@dataclass(frozen=True)
class How:
    """How a model is run.

    context_frames: given before a rollout; None for the task's own.
    sample:         draw what is fed back, instead of taking the likeliest.
    """

    context_frames: int | None = None
    sample: bool = False
    batch_size: int = 64
    device: str = "auto"


class Result(Protocol):
    """Scores of one model on one dataset."""

    def to_json(self) -> dict[str, Any]:
        """One record: what the data is, every metric as {"value", "low", "high", "n"}, and the baselines' metrics."""
        ...

    def show(self, model: str) -> None:
        """Tables for people."""
        ...


class Task(Protocol):
    """A frozen dataclass whose first line of documentation is its summary.

    All tasks train alike: running targets, which exist for every frame, are what the slots after that frame are decoded
    to, by per-pixel cross-entropy. They differ in the data, in what is done with a trained model, and in its scores.
    """

    @property
    def preset(self) -> str | None:
        """The preset that the task's name alone stands for; None where there is no such one."""
        ...

    @property
    def recipe(self) -> TrainConfig:
        """How to train on a store."""
        ...

    @property
    def watched(self) -> tuple[str, ...]:
        """Metrics of the val split's targets, in metrics.jsonl."""
        ...

    @property
    def ranked_by(self) -> str:
        """The metric that a leaderboard goes by; the lower the better where its best value is 0."""
        ...

    def fits(self, spec: Spec) -> bool:
        """Whether data of this spec is for this task."""
        ...

    def name(self, spec: Spec) -> str:
        """A short name of the data: `frequent-640`."""
        ...

    def training(self, source: Source) -> Source:
        """What of a source's episodes is trained on."""
        ...

    def part(self, spec: Spec, length: int | None, context_frames: int | None) -> int | None:
        """To how many context frames of the data these options cut it; None for all. Raises ValueError."""
        ...

    def predict(self, model: SequenceModel, source: Source, how: How, report: Report) -> dict[str, np.ndarray]:
        """The arrays of a predictions store for all episodes of a source. Raises ValueError for what can't be."""
        ...

    def result(
        self,
        found: Predictions,
        source: Source,
        preset: str | None = None,
        slots: SlotScores | None = None,
        report: Report | None = None,
    ) -> Result:
        """The scores of predictions, of ours or anyone's. Raises ValueError where they don't belong to the source."""
        ...

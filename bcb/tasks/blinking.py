"""Task `blinking` (PAPER §1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bcb.results import BlinkingResult
from bcb.tasks.task import How, Report
from eval.memory import score_memory
from eval.predictions import Predictions
from eval.score import score, score_baselines, truth_of
from eval.slots import SlotScores
from generators.lengths import resolve_length
from generators.source import Source
from generators.spec import Spec
from slotssm.recipe import TrainConfig

if TYPE_CHECKING:  # at run time it would load torch, of which `bcb generate` has no need
    from slotssm.models import SequenceModel

RECIPE = TrainConfig()


@dataclass(frozen=True)
class Blinking:
    """Paint the frame that comes next, with every ball in the colour that a rule gives it."""

    preset: str | None = None
    recipe: TrainConfig = RECIPE
    watched: tuple[str, ...] = ("painted_accuracy", "foreground_iou")
    ranked_by: str = "painted_accuracy"

    def fits(self, spec: Spec) -> bool:
        return spec.rule != "none"

    def name(self, spec: Spec) -> str:
        return f"{spec.rule}-{spec.length}"

    def training(self, source: Source) -> Source:
        """All of it."""
        return source

    def part(self, spec: Spec, length: int | None, context_frames: int | None) -> int | None:
        """With the patches that the data, and so the model, has."""
        if length is None and context_frames is None:
            return None
        return resolve_length(length, context_frames, spec.patches_per_side)[0]

    def predict(self, model: SequenceModel, source: Source, how: How, report: Report) -> dict[str, np.ndarray]:
        """The targets, from the slots after the last step."""
        from slotssm.predict import predict

        if how.sample:
            raise ValueError("--sample is of rollouts, and this task has none; leave it out")
        images = predict(model, source, batch_size=how.batch_size, device=how.device, progress=report)
        return {"class_map": images}

    def result(
        self,
        found: Predictions,
        source: Source,
        preset: str | None = None,
        slots: SlotScores | None = None,
        report: Report | None = None,
    ) -> BlinkingResult:
        truth = truth_of(found, source, progress=report)
        scores, baselines = score(found.class_map, truth), score_baselines(truth)
        memory = score_memory(found.class_map, truth, source.spec.patches_per_side**2)
        return BlinkingResult(source.spec, source.split, len(truth), scores, baselines, memory, preset, slots)

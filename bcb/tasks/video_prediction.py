"""Task `video-prediction` (PAPER §5): multi-object video prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bcb.results import VideoResult
from bcb.tasks.task import How, Report
from eval.predictions import Predictions, PredictionsError
from eval.score import check_belongs
from eval.slots import SlotScores
from eval.video import score_video, score_video_baselines, video_truth
from eval.video.truth import check_context
from generators.source import Source, View
from generators.spec import Spec
from slotssm.recipe import TrainConfig

if TYPE_CHECKING:  # at run time it would load torch, of which `bcb generate` has no need
    from slotssm.models import SequenceModel

TRAIN_FRAMES = 20  # of an episode: 19 are read, and each one's successor predicted
CONTEXT_FRAMES = 10  # given at test time; the others are predicted
SAMPLE_SEED = 0
RECIPE = TrainConfig(curriculum="none", decodes=TRAIN_FRAMES - 1)


@dataclass(frozen=True)
class VideoPrediction:
    """Predict frame after frame of white balls that bounce, from the model's own predictions.

    No ball blinks, so the running targets of an episode are its next frames: teacher forcing. With two palette classes,
    the cross-entropy is the binary one.
    """

    preset: str | None = "video-paper"
    recipe: TrainConfig = RECIPE
    watched: tuple[str, ...] = ("mse", "foreground_iou")
    ranked_by: str = "mse"

    def fits(self, spec: Spec) -> bool:
        return spec.rule == "none"

    def name(self, spec: Spec) -> str:
        return f"video-{spec.context_frames + 1}"

    def training(self, source: Source) -> Source:
        """The first 20 frames of every episode."""
        most = TRAIN_FRAMES - 1
        return View(source, most) if source.spec.context_frames > most else source

    def part(self, spec: Spec, length: int | None, context_frames: int | None) -> int | None:
        """All frames: those that aren't given are predicted."""
        if length is not None:
            raise ValueError("--length is of other tasks; of video prediction, give --context-frames to the model")
        return None

    def predict(self, model: SequenceModel, source: Source, how: How, report: Report) -> dict[str, np.ndarray]:
        """All frames after those that are given, each from what the model made of the ones before."""
        from slotssm.rollout import rollout

        given, seed = how.context_frames or CONTEXT_FRAMES, SAMPLE_SEED if how.sample else None
        check_context(given, source.spec.context_frames)
        sizes = {"batch_size": how.batch_size, "device": how.device}
        frames = rollout(model, source, given, sample=seed, progress=report, **sizes)
        return {"class_map": frames[:, -1], "rollout": frames}

    def result(
        self,
        found: Predictions,
        source: Source,
        preset: str | None = None,
        slots: SlotScores | None = None,
        report: Report | None = None,
    ) -> VideoResult:
        check_belongs(found, source)
        if found.rollout is None:
            raise PredictionsError("these predictions are of the last frame alone; write `rollout`, all frames")
        given = source.spec.context_frames + 1 - found.rollout.shape[1]
        if given < 1:
            raise PredictionsError(
                f"{found.rollout.shape[1]} frames are predicted of episodes of {source.spec.context_frames + 1}; "
                "at least the first must be given"
            )
        truth = video_truth(source, given, found.index, progress=report)
        scores, baselines = score_video(found.rollout, truth), score_video_baselines(truth)
        return VideoResult(source.spec, source.split, len(truth), scores, baselines, preset, slots, given)

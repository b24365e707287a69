"""Scores of predicted frames: mean squared error, over all of them and frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.estimate import Estimate, Sums, estimate
from eval.metrics.mse import squared_error
from eval.predictions import PredictionsError
from eval.video.baselines import BASELINES
from eval.video.truth import VideoTruth


@dataclass(frozen=True)
class VideoScores:
    """metrics: "mse", the mean over all predicted frames.   by_frame: 1, 2, … frames after the context → its MSE."""

    metrics: dict[str, Estimate]
    by_frame: dict[int, Estimate]

    def to_json(self) -> dict[str, dict[str, Any]]:
        """{"metrics": {"mse": {"value", "low", "high", "n"}}, "by_frame": {"1": {…}, …}}."""
        return {
            "metrics": {name: e.to_json() for name, e in self.metrics.items()},
            "by_frame": {str(frame): e.to_json() for frame, e in self.by_frame.items()},
        }


def score_video(frames: np.ndarray, truth: VideoTruth) -> VideoScores:
    """MSE, with 95 % intervals over episodes, of predicted frames, uint8 (n, time, y, x), of the same n episodes.

    Raises PredictionsError when their shape or their classes are not those of the truth.
    """
    if frames.shape != truth.future.shape:
        raise PredictionsError(
            f"the predicted frames have shape {frames.shape}, and the true ones {truth.future.shape}; "
            "predict every whole frame after the context"
        )
    if frames.dtype != np.uint8 or frames.max() >= len(truth.palette):
        raise PredictionsError(
            f"the predicted frames are {frames.dtype} up to {frames.max()}; give palette classes as uint8, "
            f"0 to {len(truth.palette) - 1}"
        )
    # One frame at a time: the errors of all pixels of all frames would be many times the frames themselves.
    by_frame = [squared_error(frames[:, t], truth.future[:, t], truth.palette) for t in range(frames.shape[1])]
    each = np.ones(len(truth))
    overall, *single = estimate([Sums(error, each) for error in (np.mean(by_frame, axis=0), *by_frame)])
    return VideoScores({"mse": overall}, dict(enumerate(single, 1)))


def score_video_baselines(truth: VideoTruth) -> dict[str, VideoScores]:
    """The scores of copying the last frame and of constant velocity: name of BASELINES → scores."""
    return {name: score_video(baseline(truth), truth) for name, baseline in BASELINES.items()}

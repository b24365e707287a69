"""Scores of video prediction: the frames that a model predicts from its own output (PAPER §5, §7.1 of the paper).

Of an episode's T frames the first ones are given (the context: 10), and all the others predicted (20 of 30). Scored
are the frames themselves, palette classes, by their mean squared error in RGB: for white balls on black, the share of
pixels that are wrong.
"""

from eval.video.baselines import BASELINES
from eval.video.score import VideoScores, score_video, score_video_baselines
from eval.video.truth import VideoTruth, video_truth

__all__ = ["BASELINES", "VideoScores", "VideoTruth", "score_video", "score_video_baselines", "video_truth"]

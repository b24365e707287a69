"""The truth that predicted frames are scored against: what comes after the context, and where the balls were then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # at run time it would load numba
    from generators.source import Source


@dataclass(frozen=True, eq=False)
class VideoTruth:
    """Ground truth of n episodes: their last context frame, and the `time` frames that follow it.

    index:    int64 (n,), the episodes of the split, in the order of all arrays here.
    last:     uint8 (n, y, x), palette classes of the last context frame.
    future:   uint8 (n, time, y, x), palette classes of the frames to predict; the last is the episode's target.
    position: float32 (n, ball, 2), centres in the last context frame, pixels, x right, y down.
    velocity: float32 (n, ball, 2), in the same frame, pixels per frame.
    radius:   float32 (n, ball), pixels.
    palette:  uint8 (classes, 3), RGB.
    bounds:   the window (left, top, right, bottom) that the balls stay in, pixels.
    context:  number of context frames.
    """

    index: np.ndarray
    last: np.ndarray
    future: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    palette: np.ndarray
    bounds: tuple[float, float, float, float]
    context: int

    def __len__(self) -> int:
        return len(self.future)

    def take(self, rows: slice | np.ndarray) -> VideoTruth:
        """Some of the episodes: a slice (no copy), or positions in any order, repeats allowed."""
        shared = ("palette", "bounds", "context")
        return replace(self, **{f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in shared})


def video_truth(
    source: Source,
    context: int,
    index: Sequence[int] | np.ndarray | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> VideoTruth:
    """The truth of these episodes of a source after so many context frames; of all episodes if index is None.

    progress: called with (episodes done, episodes in all).
    Raises ValueError for no episodes, or a context that leaves no frame to predict.
    """
    indices = np.arange(len(source)) if index is None else np.asarray(index)
    if not len(indices):
        raise ValueError("there are no episodes to score; name at least one")
    spec = source.spec
    check_context(context, spec.context_frames)
    n, size, balls, ahead = len(indices), spec.world.size, spec.world.balls, spec.context_frames + 1 - context
    truth = VideoTruth(
        index=indices.astype(np.int64),
        last=np.empty((n, size, size), np.uint8),
        future=np.empty((n, ahead, size, size), np.uint8),
        position=np.empty((n, balls, 2), np.float32),
        velocity=np.empty((n, balls, 2), np.float32),
        radius=np.empty((n, balls), np.float32),
        palette=spec.palette,
        bounds=spec.world.bounds,
        context=context,
    )
    for row, i in enumerate(indices.tolist()):
        episode = source.episode(i)
        truth.last[row] = episode.frames[context - 1]
        truth.future[row, :-1], truth.future[row, -1] = episode.frames[context:], episode.target
        truth.position[row], truth.velocity[row] = episode.position[context - 1], episode.velocity[context - 1]
        truth.radius[row] = episode.radius
        if progress is not None:
            progress(row + 1, n)
    return truth


def check_context(context: int, most: int) -> None:
    """Raise ValueError unless 1 to `most` frames are given: of T = most + 1, one at least is to be predicted."""
    if not 1 <= context <= most:
        raise ValueError(
            f"the episodes have {most + 1} frames, so the first 1 to {most} can be given, not {context}; choose with "
            "--context-frames"
        )

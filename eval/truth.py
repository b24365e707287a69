"""The truth that predictions are scored against: what is needed of each episode, and no more of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eval.discs import top_ball
from eval.heirs import TRADING, heirs
from generators.palette import FIRST_COLOR, WHITE

if TYPE_CHECKING:  # at run time it would load numba
    from generators.source import Source


@dataclass(frozen=True, eq=False)
class Truth:
    """Ground truth of n episodes (T frames each, time = T − 1 of them context).

    index:       int64 (n,), the episodes of the split, in the order of all arrays here.
    target:      uint8 (n, y, x), palette classes of frame T.
    position:    float32 (n, ball, 2), centres in frame T, pixels, x right, y down.
    radius:      float32 (n, ball), pixels.
    answers:     uint8 (n, time, ball), running answers as palette classes.
    blink_ball:  int16 (n, time), −1 for none, or none that counts: of distractors, a truth knows nothing. Where balls
                 trade what they have, it is the blink's heir (`eval.heirs`).
    blink_color: uint8 (n, time), palette class, 1 for none.
    palette:     uint8 (classes, 3), RGB.
    rule:        its name.
    colors:      that an answer may have besides white; the palette's last class, a distractor's, isn't one.
    """

    index: np.ndarray
    target: np.ndarray
    position: np.ndarray
    radius: np.ndarray
    answers: np.ndarray
    blink_ball: np.ndarray
    blink_color: np.ndarray
    palette: np.ndarray
    rule: str
    colors: int

    def __len__(self) -> int:
        return len(self.target)

    @property
    def answer(self) -> np.ndarray:
        """The target's colours: uint8 (n, ball)."""
        return self.answers[:, -1]

    @property
    def classes(self) -> int:
        """Number of palette classes."""
        return len(self.palette)

    @cached_property
    def top(self) -> np.ndarray:
        """The ball that each pixel of the target shows: int16 (n, y, x), −1 for none."""
        return top_ball(self.position, self.radius, *self.target.shape[1:])

    def take(self, rows: slice | np.ndarray) -> Truth:
        """Some of the episodes: a slice (no copy), or positions in any order, repeats allowed."""
        per_episode = [f.name for f in fields(self) if f.name not in ("palette", "rule", "colors")]
        return replace(self, **{name: getattr(self, name)[rows] for name in per_episode})


def truth_from(
    source: Source,
    index: Sequence[int] | np.ndarray | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """The truth of these episodes of a source (a store's reader, a SpecSource, …); of all if index is None.

    Reads one episode at a time and drops its context frames, so memory holds one image an episode.
    progress: called with (episodes done, episodes in all).
    Raises ValueError for no episodes, or one that the source does not have.
    """
    indices = np.arange(len(source)) if index is None else np.asarray(index)
    if indices.ndim != 1 or not len(indices):
        raise ValueError("there are no episodes to score; name at least one")
    if not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(f"episodes are named by whole numbers, not by {indices.dtype}")
    outside = indices[(indices < 0) | (indices >= len(source))]
    if len(outside):
        raise ValueError(
            f"episode {outside[0]} is not in the data, which has {len(source)} {source.split} episodes; "
            "use the data that the predictions were made for"
        )
    arrays: dict[str, np.ndarray] = {}
    spec = source.spec
    for row, i in enumerate(indices.tolist()):
        episode = source.episode(i)
        counts = episode.blink_color < FIRST_COLOR + spec.colors
        ball = np.where(counts, episode.blink_ball, np.int16(-1))
        if spec.rule in TRADING:
            ball = heirs(episode.position[:-1], episode.radius, ball)
        values = {
            "target": episode.target,
            "position": episode.position[-1],
            "radius": episode.radius,
            "answers": episode.answer,
            "blink_ball": ball,
            "blink_color": np.where(counts, episode.blink_color, np.uint8(WHITE)),
        }
        if not arrays:
            arrays = {k: np.empty((len(indices), *v.shape), dtype=v.dtype) for k, v in values.items()}
        for name, value in values.items():
            arrays[name][row] = value
        if progress is not None:
            progress(row + 1, len(indices))
    number = indices.astype(np.int64)
    return Truth(index=number, palette=spec.palette, rule=spec.rule, colors=spec.colors, **arrays)

"""What the audit looks at: the truth of some episodes, and all that can be seen of their last frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eval.metrics.balls import UNSEEN, ball_colors
from eval.score import blocks
from eval.truth import Truth, truth_from
from generators.palette import WHITE

if TYPE_CHECKING:  # at run time it would load numba
    from generators.episode import Episode
    from generators.source import Source
    from generators.spec import Spec

MOMENTS = 8  # of a track that are kept


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of n episodes of one split.

    truth:    of these episodes.
    tracks:   float32 (n, moment, ball, 2), positions in up to MOMENTS context frames, first and last among them.
    velocity: float32 (n, ball, 2), in the last context frame.
    frame:    uint8 (n, y, x), the last context frame.
    place:    float32 (n, time, 2), where the ball is that blinks; NaN where none does.
    shown:    uint8 (n, 2), the colour that anyone shows in the last context frame but one, and in the last; white for
              none. A distractor's is one.
    """

    truth: Truth
    tracks: np.ndarray
    velocity: np.ndarray
    frame: np.ndarray
    place: np.ndarray
    shown: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def last(self) -> np.ndarray:
        """Positions in the last context frame: float32 (n, ball, 2)."""
        return self.tracks[:, -1]

    @property
    def painted(self) -> np.ndarray:
        """The balls whose answer isn't white: bool (n, ball)."""
        return self.truth.answer != WHITE

    @cached_property
    def scored(self) -> np.ndarray:
        """The balls that count in `painted_accuracy`, painted and seen in the target: bool (n, ball)."""
        return (in_blocks(lambda some: ball_colors(some.target, some), self.truth) != UNSEEN) & self.painted

    def take(self, rows: slice) -> Facts:
        """Some of the episodes."""
        arrays = {name: value[rows] for name, value in vars(self).items() if name not in ("truth", "scored")}
        return Facts(self.truth.take(rows), **arrays)


@dataclass(frozen=True, eq=False)
class Data:
    """Facts of the splits of a dataset, name → facts, in the order train, val, test; at least one, of two episodes.

    every_start: where the balls start, float32 (episodes, ball, 2), in *all* episodes of each split.
    """

    splits: Mapping[str, Facts]
    every_start: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        return next(iter(self.splits.values())).truth.rule

    @property
    def colors(self) -> int:
        return next(iter(self.splits.values())).truth.colors

    @property
    def fitted(self) -> Facts:
        """What predictors are fitted on: the train split, or half of the only one."""
        return self._halves[0]

    @property
    def tested(self) -> Facts:
        """What the rest is measured on: the test split if it is there, of a single split the other half."""
        return self._halves[1]

    @cached_property
    def _halves(self) -> tuple[Facts, Facts]:
        if len(self.splits) == 1:
            [only] = self.splits.values()
            return only.take(slice(0, None, 2)), only.take(slice(1, None, 2))
        first, *others = self.splits
        return self.splits[first], self.splits["test" if "test" in others else others[0]]


def facts_from(
    source: Source, most: int | None = None, *, progress: Callable[[int, int], None] | None = None
) -> tuple[Facts, np.ndarray]:
    """The facts of at most so many episodes, evenly spread over a source, and where the balls start in all of it.

    progress: called with (episodes done, episodes in all).   Raises ValueError for a source without episodes.
    """
    size = len(source)
    index = np.arange(size) if most is None or most >= size else np.linspace(0, size - 1, most).round().astype(np.int64)
    watched = _Watched(source)
    truth = truth_from(watched, index, progress=progress)
    facts = Facts(truth, **{name: np.stack([one[name] for one in watched.seen]) for name in watched.seen[0]})
    return facts, _starts(source, facts, index)


def in_blocks(see: Callable[[Truth], np.ndarray], truth: Truth) -> np.ndarray:
    """What is seen in images, so many at a time that memory is bounded."""
    return np.concatenate([see(truth.take(rows)) for rows in blocks(truth)])


def at_last_frame(facts: Facts) -> Truth:
    """The truth as if the last context frame were the target: its places and its image."""
    return replace(facts.truth, position=facts.last, target=facts.frame)


class _Watched:
    """A source that keeps what the audit needs of every episode that is read, so that each is read once."""

    def __init__(self, source: Source):
        self._source = source
        self.seen: list[dict[str, np.ndarray]] = []

    @property
    def spec(self) -> Spec:
        return self._source.spec

    @property
    def split(self) -> str:
        return self._source.split

    def __len__(self) -> int:
        return len(self._source)

    def episode(self, index: int) -> Episode:
        episode = self._source.episode(index)
        time = len(episode.blink_ball)
        moments = np.linspace(0, time - 1, min(time, MOMENTS)).round().astype(int)
        at = episode.position[np.arange(time), episode.blink_ball]
        shown = np.where(episode.blink_ball >= 0, episode.blink_color, WHITE).astype(np.uint8)[-2:]
        self.seen.append(
            {
                "tracks": episode.position[moments],
                "velocity": episode.velocity[time - 1],
                "frame": episode.frames[-1].copy(),  # not a view, which would keep all frames
                "place": np.where((episode.blink_ball >= 0)[:, None], at, np.float32(np.nan)),
                "shown": np.concatenate([np.full(2 - len(shown), WHITE, np.uint8), shown]),
            }
        )
        return episode


def _starts(source: Source, facts: Facts, index: np.ndarray) -> np.ndarray:
    """Where the balls start in all episodes of a source that can say so without reading them, or else in some."""
    window = getattr(source, "window", None)  # a store's reader has one
    if len(index) == len(source) or window is None:
        return facts.tracks[:, 0]
    return np.stack([window("position", i, 0, 1)[0] for i in range(len(source))])

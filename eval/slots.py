"""FG-ARI of slot maps: does each slot draw a ball of its own? A perfect map scores 1, chance 0 (PAPER §5, App. D.1).

A slot map names a slot for every pixel of the frames that a model predicts: frame t + 1 from the slots after context
frame t, for every t; so frames 2 … T, the target last. It is compared with the balls that are truly there, by the
adjusted Rand index (`eval.ari`):

- Only pixels of true balls count (foreground). Of how the slots share out the background nothing is said.
- A pixel belongs to the ball that is seen there, that is, the one drawn on top.
- `fg_ari` takes all frames of an episode as one set of points, as is done with the videos of SAVi and MOVi: a slot must
  keep its ball. `fg_ari_frame` takes each frame by itself: slots may swap balls from one to the next.
  `fg_ari_target` is the target's alone.
- Where fewer than two balls are seen there is nothing to keep apart, and it isn't scored. (SAVi would give 1 to a map
  of one slot there, and 0 to any other.) Where two or more are seen, a map of one slot scores 0.
- Intervals resample episodes, as everywhere (`eval.estimate`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eval.ari import adjusted_rand_index
from eval.discs import top_ball
from eval.estimate import Estimate, Sums, estimate

if TYPE_CHECKING:  # at run time it would load numba
    from generators.source import Source

METRICS = ("fg_ari", "fg_ari_frame", "fg_ari_target")
CELL = 4  # pixels; our decoder says for 4×4 pixels at once which slots they draw on
SEED = 0


@dataclass(frozen=True)
class SlotScores:
    """metrics: name of METRICS → estimate of the model's maps.   baselines: name of BASELINES → the same."""

    slots: int
    metrics: dict[str, Estimate]
    baselines: dict[str, dict[str, Estimate]]

    def to_json(self) -> dict[str, Any]:
        """{"slots": k, "metrics": {name: {"value", …}}, "baselines": {name: {name: {"value", …}}}}."""
        return {
            "slots": self.slots,
            "metrics": {name: e.to_json() for name, e in self.metrics.items()},
            "baselines": {of: {name: e.to_json() for name, e in found.items()} for of, found in self.baselines.items()},
        }


def fg_ari(slot_map: np.ndarray, ball_map: np.ndarray) -> float:
    """FG-ARI of one set of pixels, two integer arrays of any one shape; NaN where fewer than two balls are seen.

    ball_map: the ball that each pixel shows, negative for none (`eval.discs.top_ball`).
    Raises ValueError when the shapes differ.
    """
    if slot_map.shape != ball_map.shape:
        raise ValueError(f"the slot map is {slot_map.shape}, the balls' {ball_map.shape}; they must be of one shape")
    balls = ball_map[ball_map >= 0]
    if not balls.size or balls.min() == balls.max():
        return np.nan
    return adjusted_rand_index(balls, slot_map[ball_map >= 0])


def score_slots(maps: Iterable[np.ndarray], source: Source, slots: int) -> SlotScores:
    """Every metric of the slot maps of a source's episodes, in its order, and of the baselines for as many slots.

    maps: for each episode, frames 2 … T: whole numbers (time, y, x), time = T − 1. One episode is held at a time.
    Raises ValueError unless there is a map for every episode.
    """
    names = ("", *BASELINES)
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for index, slot_map in enumerate(maps):
        episode = source.episode(index)
        position = episode.position[1:]
        balls = top_ball(position, np.tile(episode.radius, (len(position), 1)), *episode.target.shape)
        rng = np.random.default_rng((SEED, index))
        for name in names:
            drawn = BASELINES[name](balls, slots, rng) if name else slot_map
            found[name].append(_episode_sums(drawn, balls))
    if (maps_given := len(found[""])) != len(source):
        raise ValueError(f"there are slot maps of {maps_given} of {len(source)} episodes")
    sums = [Sums(*column.T) for name in names for column in np.stack(found[name], axis=1)]
    every = iter(estimate(sums))
    scores = {name: {metric: next(every) for metric in METRICS} for name in names}
    return SlotScores(slots, scores.pop(""), scores)


def _episode_sums(slot_map: np.ndarray, ball_map: np.ndarray) -> np.ndarray:
    """(metric, 2): the sum of an episode's scores in METRICS, and how many they are."""
    frames = np.array([fg_ari(*frame) for frame in zip(slot_map, ball_map, strict=True)])
    scores = (np.array([fg_ari(slot_map, ball_map)]), frames, frames[-1:])
    return np.array([(np.nansum(s), np.isfinite(s).sum()) for s in scores])


def random_cells(ball_map: np.ndarray, slots: int, rng: np.random.Generator) -> np.ndarray:
    """Every cell of every frame a slot drawn at random."""
    time, height, width = ball_map.shape
    cells = rng.integers(slots, size=(time, -(-height // CELL), -(-width // CELL)))
    return _as_pixels(cells, ball_map)


def one_slot(ball_map: np.ndarray, slots: int, rng: np.random.Generator) -> np.ndarray:
    """All pixels the same slot."""
    return np.zeros(ball_map.shape, dtype=np.int64)


def regions(ball_map: np.ndarray, slots: int, rng: np.random.Generator) -> np.ndarray:
    """The image shared out among the slots in equal rectangles that never move: slots that know places, not balls."""
    _, height, width = ball_map.shape
    down = max(d for d in range(1, slots + 1) if slots % d == 0 and d * d <= slots)
    across = slots // down
    rows, columns = np.arange(height) * down // height, np.arange(width) * across // width
    return np.broadcast_to(rows[:, None] * across + columns, ball_map.shape)


def best_cells(ball_map: np.ndarray, slots: int, rng: np.random.Generator) -> np.ndarray:
    """Every cell the ball that is seen most in it, −1 where none is: about the most that such cells can score."""
    time, height, width = ball_map.shape
    padded = np.pad(ball_map, ((0, 0), (0, -height % CELL), (0, -width % CELL)), constant_values=-1)
    by_cell = padded.reshape(time, padded.shape[1] // CELL, CELL, -1, CELL)
    seen = [(by_cell == ball).sum(axis=(2, 4)) for ball in range(ball_map.max() + 1)]
    if not seen:
        return np.full_like(ball_map, -1)
    return _as_pixels(np.where(np.max(seen, axis=0) > 0, np.argmax(seen, axis=0), -1), ball_map)


def _as_pixels(cells: np.ndarray, like: np.ndarray) -> np.ndarray:
    return cells.repeat(CELL, axis=1).repeat(CELL, axis=2)[:, : like.shape[1], : like.shape[2]]


# Name → (ball map, int (time, y, x); number of slots; chance) → slot map, int (time, y, x).
BASELINES: dict[str, Callable[[np.ndarray, int, np.random.Generator], np.ndarray]] = {
    "random": random_cells,
    "one_slot": one_slot,
    "regions": regions,
    "best_cells": best_cells,
}

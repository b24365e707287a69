"""The effective memory of predictions, with that of the baselines beside it.

- `effective_memory`: how many of the last context frames a perfect solver must see to score as much, in frames.
- `effective_memory_share`: of the T − 1 context frames.   `effective_memory_steps`: in steps, P² a frame.
- `guessing_accuracy`: what is compared: painted_accuracy in which white ("don't know") is worth 1 / colors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from eval.baselines import BASELINES
from eval.estimate import Estimate, Sums, estimate
from eval.memory.effective import effective_memory, worth
from eval.memory.windowed import windowed_answers
from eval.metrics.balls import UNSEEN, ball_colors
from eval.score import blocks
from eval.truth import Truth
from generators.palette import WHITE


@dataclass(frozen=True, eq=False)
class MemoryScores:
    """metrics: name → estimate.   baselines: name of BASELINES → the same.

    windowed_oracle: the guessing_accuracy of a solver that sees the last w = 0 … T − 1 context frames, float64
    (window,); NaN where no ball is scored.
    """

    metrics: dict[str, Estimate]
    baselines: dict[str, dict[str, Estimate]]
    windowed_oracle: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """{"metrics": {name: {"value", …}}, "baselines": {name: {name: {"value", …}}}, "windowed_oracle": [0.2, …]}."""
        return {
            "metrics": {name: e.to_json() for name, e in self.metrics.items()},
            "baselines": {of: {name: e.to_json() for name, e in found.items()} for of, found in self.baselines.items()},
            "windowed_oracle": [None if np.isnan(value) else value for value in self.windowed_oracle.tolist()],
        }


def score_memory(class_map: np.ndarray, truth: Truth, steps_per_frame: int = 1) -> MemoryScores:
    """The effective memory of predictions, uint8 (n, y, x). Raises ValueError for a rule not in RULES.

    steps_per_frame: P², the patches of a frame.
    """
    colors = [_colors(drawn, truth) for drawn in (class_map, *(paint(truth) for paint in BASELINES.values()))]
    scored = (colors[0] != UNSEEN) & (truth.answer != WHITE)
    balls = scored.sum(axis=1)
    windows = windowed_answers(truth)
    frames = windows.shape[1] - 1
    curve = np.stack([worth(windows[:, w], truth, scored) for w in range(frames + 1)], axis=1)
    scores = np.stack([worth(color, truth, scored) for color in colors], axis=1)
    found = [
        {
            "effective_memory": memory,
            "effective_memory_share": _times(memory, 1, frames),
            "effective_memory_steps": _times(memory, steps_per_frame),
            "guessing_accuracy": accuracy,
        }
        for memory, accuracy in zip(
            effective_memory(scores, curve, balls),
            estimate([Sums(column / truth.colors, balls) for column in scores.T]),
            strict=True,
        )
    ]
    with np.errstate(invalid="ignore"):
        heights = curve.sum(axis=0) / (balls.sum() * truth.colors)
    return MemoryScores(found[0], dict(zip(BASELINES, found[1:], strict=True)), heights)


def _colors(class_map: np.ndarray, truth: Truth) -> np.ndarray:
    return np.concatenate([ball_colors(class_map[rows], truth.take(rows)) for rows in blocks(truth)])


def _times(e: Estimate, by: int, over: int = 1) -> Estimate:
    return Estimate(e.value * by / over, e.low * by / over, e.high * by / over, e.n)

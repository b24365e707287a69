"""Visible: do the last two context frames tell of the answers what they shouldn't?

They show places, motion, who covers whom, and blinks. A ball's own blinks may tell, as much as `windows` allows. All
else must be independent of the answers:

- Places and motion, and the ball's index, of every answer, white too. In the null, answers move to other episodes and
  there to other balls: those of one episode stay together, for few balls can be painted in few frames.
- Whether a ball blinks there, of the colour of painted ones; and what colour *others* show, of the colour of painted
  balls that don't blink there. In the null, these colours are shuffled.
"""

from collections.abc import Iterator

import numpy as np

from eval.audit.balance import SEED, SHUFFLES, information_line, shuffled_line
from eval.audit.facts import Data, Facts, at_last_frame, in_blocks
from eval.audit.grid import cells
from eval.audit.line import Line
from eval.audit.statistics import dependence
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE


def check(data: Data) -> list[Line]:
    """A line for each thing that can be seen, over the balls of all splits."""
    everyone = list(data.splits.values())
    answer = np.concatenate([facts.truth.answer for facts in everyone]).astype(np.int64) - WHITE
    each = [features(facts) for facts in everyone]
    lines = [
        information_line(f"answers and {name}", *dependence(answer.ravel(), of.ravel(), _moved(answer)))
        for name in each[0]
        for of in [np.concatenate([one[name] for one in each])]
    ]
    blinks = np.concatenate([_blinks(facts) for facts in everyone])
    color = answer + WHITE - FIRST_COLOR
    painted, dark = color >= 0, (color >= 0) & (blinks == 0)
    lines.append(shuffled_line("colours and whether the ball blinks", color[painted], blinks[painted]))
    shown = np.concatenate([facts.shown for facts in everyone]).astype(np.int64) - WHITE
    for frame, which in ((1, "the last frame"), (0, "the frame before")):
        others = np.broadcast_to(shown[:, frame, None], dark.shape)
        lines.append(shuffled_line(f"colours and another's blink in {which}", color[dark], others[dark]))
    return lines


def features(facts: Facts) -> dict[str, np.ndarray]:
    """What is seen of each ball, in few classes: name → int64 (n, ball)."""
    x, y = np.moveaxis(facts.velocity.astype(np.float64), -1, 0)
    octant = np.floor((np.arctan2(y, x) / (2 * np.pi) + 0.5) * 8).astype(np.int64) % 8
    return {
        "last place": cells(facts.last, facts.frame.shape[-1]),
        "direction": octant,
        "speed": _quarters(np.hypot(x, y)),
        "distance to the next ball": _quarters(_next_ball(facts.last)),
        "what covers it": _covered(facts),
        "index": np.broadcast_to(np.arange(x.shape[1]), x.shape),
    }


def _quarters(value: np.ndarray) -> np.ndarray:
    return np.searchsorted(np.quantile(value, (0.25, 0.5, 0.75)), value).astype(np.int64)


def _next_ball(position: np.ndarray) -> np.ndarray:
    away = np.linalg.norm((position[:, :, None] - position[:, None]).astype(np.float64), axis=-1)
    return np.where(away > 0, away, np.inf).min(axis=-1)


def _covered(facts: Facts) -> np.ndarray:
    """How much of its disc a ball shows in the last frame: 0 less than half, 1 less than nearly all, 2 the rest."""

    def pixels(some: Truth) -> np.ndarray:
        n, balls = some.radius.shape
        there = (some.top + balls * np.arange(n)[:, None, None])[some.top >= 0]
        return np.bincount(there, minlength=n * balls).reshape(n, balls)

    share = in_blocks(pixels, at_last_frame(facts)) / (np.pi * facts.truth.radius.astype(np.float64) ** 2)
    return np.searchsorted([0.5, 0.9], share).astype(np.int64)


def _blinks(facts: Facts) -> np.ndarray:
    """Which of the last two frames a ball blinks in, 0 for none: int64 (n, ball)."""
    last = facts.truth.blink_ball[:, -2:, None] == np.arange(facts.painted.shape[1])
    return (last * 2 ** np.arange(last.shape[1])[:, None]).sum(axis=1)


def _moved(answer: np.ndarray) -> Iterator[np.ndarray]:
    """Answers of other episodes, for other balls: (n · ball,), many times."""
    rng = np.random.default_rng(SEED)
    for _ in range(SHUFFLES):
        yield rng.permuted(rng.permutation(answer), axis=1).ravel()

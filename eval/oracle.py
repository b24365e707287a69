"""The oracle: reads which balls blinked, applies the rule, and draws the answer at the true places.

The rules are written here a second time, from the paper's words and in another manner than in
`generators.rules`, and so are the discs: that the oracle equals the target checks both.
"""

from collections.abc import Callable

import numpy as np

from eval.discs import paint
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE


def oracle(truth: Truth) -> np.ndarray:
    """The target drawn from the blinks: uint8 (n, y, x). For a rule not in DEFINITIONS, from the stored answers."""
    define = DEFINITIONS.get(truth.rule)
    if define is None:
        return paint(truth.top, truth.answer)
    times, first = _tally(truth)
    return paint(truth.top, define(times, first))


def earliest(times: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The colour that came first."""
    return _color(times, first.argmin(axis=-1))


def frequent(times: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The colour given most often; of those given equally often, the one that came first."""
    most = times == times.max(axis=-1, keepdims=True)
    return _color(times, np.where(most, first, np.iinfo(first.dtype).max).argmin(axis=-1))


def none(times: np.ndarray, first: np.ndarray) -> np.ndarray:
    """White, whatever was given."""
    return np.full(times.shape[:2], WHITE, dtype=np.uint8)


# (times, first), both int64 (n, ball, color): how often each ball was given each colour, and the frame in
# which it was first → colours, uint8 (n, ball).
DEFINITIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "earliest": earliest,
    "frequent": frequent,
    "none": none,
}


def _tally(truth: Truth) -> tuple[np.ndarray, np.ndarray]:
    n, balls = truth.radius.shape
    frames = truth.blink_ball.shape[1]
    shape = (n, balls, truth.classes - FIRST_COLOR)
    times = np.zeros(shape, dtype=np.int64)
    first = np.full(shape, frames, dtype=np.int64)  # later than any frame: never
    episode, frame = np.nonzero((truth.blink_ball >= 0) & (truth.blink_color >= FIRST_COLOR))
    at = (episode, truth.blink_ball[episode, frame], truth.blink_color[episode, frame] - FIRST_COLOR)
    np.add.at(times, at, 1)
    np.minimum.at(first, at, frame)
    return times, first


def _color(times: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The palette class of the chosen colour; white for a ball that was given none."""
    return np.where(times.any(axis=-1), chosen + FIRST_COLOR, WHITE).astype(np.uint8)

"""The oracle: reads which balls blinked, applies the rule, and draws the answer at the true places.

The rules are written here a second time, from the paper's words (PAPER §1) and those of our own, in another manner
than in `generators.rules`, and so are the discs: that the oracle equals the target checks both.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eval.discs import paint
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE


def oracle(truth: Truth) -> np.ndarray:
    """The target drawn from the blinks: uint8 (n, y, x). For a rule not in DEFINITIONS, from the stored answers."""
    define = DEFINITIONS.get(truth.rule)
    return paint(truth.top, truth.answer if define is None else define(given_in(truth)))


@dataclass(frozen=True)
class Given:
    """What the balls of n episodes were given, as tables over all of them.

    times, first:  int64 (n, ball, color), how often each colour, and the frame in which it was first; one past the
                   last frame if never.
    blinks, start: int64 (n, ball), how many blinks a ball had, and where in `color` the first of them stands.
    color:         uint8, every blink's colour, those of a ball side by side in the order of time; and at the end a
                   white, for blinks that aren't there.
    """

    times: np.ndarray
    first: np.ndarray
    blinks: np.ndarray
    start: np.ndarray
    color: np.ndarray

    def nth(self, i: int | np.ndarray) -> np.ndarray:
        """Colours of each ball's blink i, uint8 (n, ball), 0 being its first; white where it has no blink i."""
        return self.color[np.where((i >= 0) & (i < self.blinks), self.start + i, -1)]

    def first_of(self, among: np.ndarray) -> np.ndarray:
        """The colours given first `among`, bool (n, ball, color), those of each ball; white for a ball without."""
        chosen = np.where(among, self.first, np.iinfo(self.first.dtype).max).argmin(axis=-1)
        return np.where(self.blinks > 0, chosen + FIRST_COLOR, WHITE).astype(np.uint8)


def earliest(given: Given) -> np.ndarray:
    """The colour that came first."""
    return given.first_of(given.times > 0)


def frequent(given: Given) -> np.ndarray:
    """The colour given most often; of those given equally often, the one that came first."""
    return given.first_of(given.times == given.times.max(axis=-1, keepdims=True))


def latest(given: Given) -> np.ndarray:
    """The colour of the last blink."""
    return given.nth(given.blinks - 1)


def rarest(given: Given) -> np.ndarray:
    """The colour given least often, but given; of those given equally often, the one that came first."""
    times = np.where(given.times > 0, given.times, np.iinfo(given.times.dtype).max)
    return given.first_of(times == times.min(axis=-1, keepdims=True))


def second(given: Given) -> np.ndarray:
    """The colour of the second blink."""
    return given.nth(1)


def count_parity(given: Given) -> np.ndarray:
    """The colour of the first blink if the blinks are odd in number, of the second if even."""
    return given.nth((given.blinks + 1) % 2)


def none(given: Given) -> np.ndarray:
    """White, whatever was given."""
    return np.full(given.blinks.shape, WHITE, dtype=np.uint8)


# What was given → colours, uint8 (n, ball).
DEFINITIONS: dict[str, Callable[[Given], np.ndarray]] = {
    "earliest": earliest,
    "frequent": frequent,
    "latest": latest,
    "rarest": rarest,
    "second": second,
    "count-parity": count_parity,
    "contagion": earliest,  # of what a ball is heir to (`eval.heirs`)
    "none": none,
}


def given_in(truth: Truth) -> Given:
    """What the balls were given in all context frames."""
    n, balls = truth.radius.shape
    shape = (n, balls, truth.classes - FIRST_COLOR)
    times = np.zeros(shape, dtype=np.int64)
    first = np.full(shape, truth.blink_ball.shape[1], dtype=np.int64)
    episode, frame = np.nonzero((truth.blink_ball >= 0) & (truth.blink_color >= FIRST_COLOR))  # in the order of time
    ball, color = truth.blink_ball[episode, frame], truth.blink_color[episode, frame]
    at = (episode, ball, color - FIRST_COLOR)
    np.add.at(times, at, 1)
    np.minimum.at(first, at, frame)
    of_ball = np.argsort(episode * balls + ball, kind="stable")
    blinks = times.sum(axis=-1)
    start = (np.cumsum(blinks) - blinks.ravel()).reshape(n, balls)
    return Given(times, first, blinks, start, np.append(color[of_ball], np.uint8(WHITE)))

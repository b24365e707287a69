"""Balance: every colour as often as any other, among the answers as among the blinks, and for no reason.

Answers are held to chi-square, each split by itself. A blink's colour may depend neither on where the ball is, nor on
the colour of its blink before: or else who has seen one blink, or no more than a place, need remember no other.
"""

from collections.abc import Iterator

import numpy as np

from eval.audit.facts import Data, Facts
from eval.audit.grid import cells
from eval.audit.line import Line
from eval.audit.statistics import dependence, uniform_p
from eval.estimate import Sums, estimate
from generators.palette import FIRST_COLOR, NAMES

SEED = 0
SHUFFLES = 200


def check(data: Data) -> list[Line]:
    """Answers of each split; blinks of all."""
    answers = [_answers(split, facts) for split, facts in data.splits.items()]
    everyone = list(data.splits.values())
    balls = np.concatenate([facts.truth.blink_ball[facts.truth.blink_ball >= 0] for facts in everyone])
    counts = np.bincount(balls, minlength=everyone[0].painted.shape[1])
    share = counts.max() / max(1, counts.sum())
    bound = f"{1 / len(counts):.3g}"
    who = Line(f"blinks that are of ball {counts.argmax()}, the most frequent", share, bound, p=uniform_p(counts))
    at = np.concatenate([_place_and_color(facts) for facts in everyone], axis=1)
    before = np.concatenate([_before_and_color(facts) for facts in everyone], axis=1)
    return [
        *answers,
        who,
        shuffled_line("a blink's colour and where the ball is", at[1], at[0]),
        shuffled_line("a blink's colour and that of the ball's blink before", before[1], before[0]),
    ]


def shuffled_line(what: str, label: np.ndarray, feature: np.ndarray) -> Line:
    """A line on two features of the same things, (n,), that must be independent; things are shuffled freely."""

    def shuffles() -> Iterator[np.ndarray]:
        rng = np.random.default_rng(SEED)
        yield from (rng.permutation(label) for _ in range(SHUFFLES))

    return information_line(what, *dependence(label, feature, shuffles()))


def information_line(what: str, bits: float, by_chance: float, p: float) -> Line:
    return Line(f"{what}: shared bits", bits, f"shuffled, {by_chance:.2g}", p=p)


def _answers(split: str, facts: Facts) -> Line:
    color = facts.truth.answer
    counts = np.bincount(color[facts.painted] - FIRST_COLOR, minlength=facts.truth.colors)
    most = int(counts.argmax()) + FIRST_COLOR
    [share] = estimate([Sums((color == most).sum(axis=1), facts.painted.sum(axis=1))])
    what = f"{split} answers that are {NAMES[most]}, the most frequent"
    return Line(what, share.value, f"{1 / len(counts):.3g}", share.low, share.high, p=uniform_p(counts))


def _place_and_color(facts: Facts) -> np.ndarray:
    """Of every blink that counts: int64 (2, blinks)."""
    blinks = facts.truth.blink_ball >= 0
    place = cells(facts.place[blinks], facts.frame.shape[-1])
    return np.stack([place, facts.truth.blink_color[blinks].astype(np.int64) - FIRST_COLOR])


def _before_and_color(facts: Facts) -> np.ndarray:
    """Of every blink that counts but a ball's first: the colour of the one before, and its own: int64 (2, blinks)."""
    episode, frame = np.nonzero(facts.truth.blink_ball >= 0)
    ball = facts.truth.blink_ball[episode, frame].astype(np.int64) + episode * facts.painted.shape[1]
    color = facts.truth.blink_color[episode, frame].astype(np.int64) - FIRST_COLOR
    by_ball = np.argsort(ball, kind="stable")
    ball, color = ball[by_ball], color[by_ball]
    again = ball[1:] == ball[:-1]
    return np.stack([color[:-1][again], color[1:][again]])

"""Guesses: what those score who look at no blink. Of painted balls, none may be right more often than chance.

What guesses by place is a table of the most frequent colour in each of the grid's cells, fitted on the train split and
tried on the test split.
"""

import numpy as np

from eval.audit.facts import Data, Facts
from eval.audit.grid import cells
from eval.audit.line import FAIL, OK, WARNING, Line, measured
from eval.audit.statistics import binomial_tail
from eval.estimate import Sums, estimate
from generators.palette import FIRST_COLOR

SEED = 0
WHITES = (0.5, 0.9)  # balls that are never painted: above these a warning, and a failure


def check(data: Data) -> list[Line]:
    """Chance, white, the most frequent colour, and what place and index say."""
    fitted, tested = data.fitted, data.tested
    chance = np.random.default_rng(SEED).integers(data.colors, size=tested.painted.shape)
    index, seen_index = _index(tested), _index(fitted)
    place, seen_place = _cells(tested), _cells(fitted)
    tables = {
        "the most frequent colour": (np.zeros_like(seen_index), np.zeros_like(index)),
        "colour by the ball's index": (seen_index, index),
        "colour by its last place": (seen_place, place),
        "colour by index and place": (seen_place * seen_index.shape[1] + seen_index, place * index.shape[1] + index),
    }
    guesses = {name: _most(seen, fitted, data.colors, now) for name, (seen, now) in tables.items()}
    return [
        _white(tested),
        *(_guess(name, color, tested) for name, color in ({"chance": chance} | guesses).items()),
    ]


def _white(facts: Facts) -> Line:
    """White is never right of painted balls; of all balls it is, where many are never painted."""
    balls = np.full(len(facts), facts.painted.shape[1])
    [share] = estimate([Sums((~facts.painted).sum(axis=1), balls)])
    warned, failed = WHITES
    verdict = FAIL if share.low > failed else WARNING if share.value > warned else OK
    bound = f"at most {failed:g}; few: {warned:g}"
    return measured("always white: balls that are", share, bound, verdict=verdict)


def _guess(name: str, color: np.ndarray, facts: Facts) -> Line:
    """color: (n, ball), 0 being the first."""
    right = facts.painted & (facts.truth.answer == color + FIRST_COLOR)
    chance = 1 / facts.truth.colors
    p = binomial_tail(int(right.sum()), int(facts.painted.sum()), chance)
    [share] = estimate([Sums(right.sum(axis=1), facts.painted.sum(axis=1))])
    return measured(f"{name}: painted balls right", share, f"chance, {chance:.3g}", p=p)


def _most(seen: np.ndarray, fitted: Facts, colors: int, now: np.ndarray) -> np.ndarray:
    """The most frequent colour, of painted balls, where the feature is as now; both features (n, ball)."""
    rows = int(max(seen.max(), now.max())) + 1
    of = seen[fitted.painted] * colors + fitted.truth.answer[fitted.painted] - FIRST_COLOR
    return np.bincount(of, minlength=rows * colors).reshape(rows, colors).argmax(axis=1)[now]


def _index(facts: Facts) -> np.ndarray:
    return np.broadcast_to(np.arange(facts.painted.shape[1]), facts.painted.shape)


def _cells(facts: Facts) -> np.ndarray:
    return cells(facts.last, facts.frame.shape[-1])

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generators.palette import WHITE
from generators.rules import RULES, Blinks, check_rule

# What PAPER §1 and our own rules say, counted anew for every ball and t; `given`: the colours it was given, in order.
ORACLES = {
    "earliest": lambda given: given[0] if given else WHITE,
    "frequent": lambda given: max(given, key=lambda c: (given.count(c), -given.index(c))) if given else WHITE,
    "latest": lambda given: given[-1] if given else WHITE,
    "rarest": lambda given: min(given, key=lambda c: (given.count(c), given.index(c))) if given else WHITE,
    "second": lambda given: next(iter(given[1:]), WHITE),
    "count-parity": lambda given: given[(1, 0)[len(given) % 2]] if given else WHITE,
    "contagion": lambda given: given[0] if given else WHITE,  # as long as no two touch; test_contagion.py has the rest
    "none": lambda given: WHITE,
}
PAINTING = [name for name in RULES if name != "none"]


def recount(name: str, history: list[tuple[int, int]], balls: int) -> list[list[int]]:
    return [
        [ORACLES[name]([c for b, c in history[: t + 1] if b == ball]) for ball in range(balls)]
        for t in range(len(history))
    ]


def blinks_of(history: list[tuple[int, int]]) -> Blinks:
    ball, color = zip(*history, strict=True)
    return Blinks(np.array(ball, np.int16), np.array(color, np.uint8))


# −1 is a frame without a blink. Few balls and colours, so that ties are common; ball 3 of 4 is never painted.
blink = st.one_of(st.just((-1, WHITE)), st.tuples(st.integers(0, 2), st.integers(2, 5)))


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=100, deadline=None)
@given(history=st.lists(blink, min_size=1, max_size=40))
@example(history=[(-1, WHITE)])
@example(history=[(0, 3), (0, 2), (0, 2), (0, 3)])
def test_answers_are_as_recounted_from_the_definition(name, history):
    answers = RULES[name].answers(blinks_of(history), balls=4)
    assert answers.dtype == np.uint8
    assert answers.tolist() == recount(name, history, 4)


def test_every_rule_has_an_oracle():
    assert set(ORACLES) == set(RULES)


def test_known_answers():
    history = [(0, 3), (1, 4), (0, 2), (0, 2), (0, 3), (1, 5)]
    answers = {name: rule.answers(blinks_of(history), 3) for name, rule in RULES.items()}
    assert answers["earliest"].T.tolist() == [[3] * 6, [1, 4, 4, 4, 4, 4], [1] * 6]
    # Ball 0: 3; then 3 and 2 tie, 3 was first; 2 leads; a tie again. Ball 1: 4 and 5 tie, 4 was first.
    assert answers["frequent"].T.tolist() == [[3, 3, 3, 2, 3, 3], [1, 4, 4, 4, 4, 4], [1] * 6]
    assert answers["latest"].T.tolist() == [[3, 3, 2, 2, 3, 3], [1, 4, 4, 4, 4, 5], [1] * 6]
    # Ball 0: 3; 3 and 2 tie, 3 was first; 2 has more than 3; a tie again.
    assert answers["rarest"].T.tolist() == [[3] * 6, [1, 4, 4, 4, 4, 4], [1] * 6]
    assert answers["second"].T.tolist() == [[1, 1, 2, 2, 2, 2], [1] * 5 + [5], [1] * 6]
    assert answers["count-parity"].T.tolist() == [[3, 3, 2, 3, 2, 2], [1, 4, 4, 4, 4, 5], [1] * 6]


def test_the_rarest_may_be_a_colour_not_seen_for_long():
    history = [(0, 2), (0, 3), (0, 4), (0, 2), (0, 3), (0, 4), (0, 4), (0, 2)]
    answers = RULES["rarest"].answers(blinks_of(history), 1)[:, 0].tolist()
    # 2; 2 and 3, then all three tie; 3 and 4 once; 4 once; all twice; 2 and 3 twice; 3 twice, last seen 3 frames ago.
    assert answers == [2, 2, 2, 3, 4, 2, 2, 3]


def test_a_second_blink_counts_though_it_has_the_first_ones_colour():
    history = [(0, 3), (0, 3), (0, 4)]
    assert RULES["second"].answers(blinks_of(history), 1)[:, 0].tolist() == [WHITE, 3, 3]


def test_every_blink_turns_the_parity_over_whatever_its_colour():
    history = [(0, 3), (0, 4), (0, 4), (1, 2), (0, 5), (-1, WHITE), (0, 3)]
    answers = RULES["count-parity"].answers(blinks_of(history), 2).T.tolist()
    assert answers == [[3, 4, 3, 3, 4, 4, 3], [1, 1, 1, 2, 2, 2, 2]]


@pytest.mark.parametrize("name", PAINTING)
def test_a_million_frames(name):
    """Linear in the frames, also where the lead changes at every other blink; the last row by plain counting."""
    beginnings = {
        "earliest": [2, 2, 2, 2],
        "frequent": [2, 2, 3, 2],
        "latest": [2, 3, 3, 2],
        "rarest": [2, 2, 2, 2],
        "second": [WHITE, 3, 3, 3],
        "count-parity": [2, 3, 2, 3],
        "contagion": [2, 2, 2, 2],
    }
    frames = 1_000_000
    color = np.tile(np.array([2, 3, 3, 2], np.uint8), frames // 4)
    answers = RULES[name].answers(Blinks(np.zeros(frames, np.int16), color), balls=2)
    assert answers[:4, 0].tolist() == beginnings[name]
    assert Counter(color.tolist()) == {2: frames // 2, 3: frames // 2}
    assert answers[-1].tolist() == [beginnings[name][-1], WHITE]


@pytest.mark.parametrize("name", PAINTING)
def test_a_ball_that_is_not_there_is_refused(name):
    with pytest.raises(IndexError):
        RULES[name].answers(blinks_of([(0, 3), (4, 2)]), balls=4)


@pytest.mark.parametrize("name", RULES)
def test_listed_rules_keep_what_every_rule_must(name):
    check_rule(RULES[name])


@dataclass(frozen=True)
class Last:
    """A good rule: the colour given last."""

    def answers(self, blinks, balls):
        answers = np.full((len(blinks.ball), balls), WHITE, np.uint8)
        for t in np.flatnonzero(blinks.ball >= 0):
            answers[t:, blinks.ball[t]] = blinks.color[t]
        return answers


@dataclass(frozen=True)
class Wide(Last):
    def answers(self, blinks, balls):
        return super().answers(blinks, balls).astype(np.int64)


@dataclass(frozen=True)
class Turned(Last):
    def answers(self, blinks, balls):
        return super().answers(blinks, balls).T


@dataclass(frozen=True)
class Prophet(Last):
    def answers(self, blinks, balls):
        answers = super().answers(blinks, balls)
        answers[blinks.ball >= 0] = np.where(answers[blinks.ball >= 0] == WHITE, WHITE, answers[-1])
        return answers


@dataclass(frozen=True)
class Inventor(Last):
    def answers(self, blinks, balls):
        return np.full((len(blinks.ball), balls), 2, np.uint8)


@dataclass(frozen=True)
class Vandal(Last):
    def answers(self, blinks, balls):
        answers = super().answers(blinks, balls)
        blinks.color[:] = WHITE
        return answers


@dataclass(frozen=True)
class Moody(Last):
    def answers(self, blinks, balls):
        return np.full((len(blinks.ball), balls), np.random.default_rng().choice([WHITE, *blinks.color[:1]]), np.uint8)


@dataclass
class Loose:
    """Not frozen."""

    def answers(self, blinks, balls):
        return Last().answers(blinks, balls)


class Plain:
    def answers(self, blinks, balls):
        return Last().answers(blinks, balls)


def test_the_check_lets_a_good_rule_through():
    check_rule(Last())


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (Wide(), "uint8"),
        (Turned(), "uint8"),
        (Prophet(), "looks ahead|no ball had been given"),
        (Inventor(), "no ball had been given"),
        (Vandal(), "changed the blinks"),
        (Moody(), "pure|looks ahead"),
        (Loose(), "frozen dataclass"),
        (Plain(), "frozen dataclass"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_check_stops_bad_ones(rule, says):
    with pytest.raises(ValueError, match=says):
        check_rule(rule)

"""Ages: known values under the rules, and a slow second version."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eval.age import DECISIVE, age_of_balls, by_age, decisive_age
from eval.truth import truth_from
from generators.rules import RULES, Blinks
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld


def ages(*running):
    """Each ball's running answers → its age."""
    return decisive_age(np.array(running, np.uint8).T).tolist()


def test_known_ages():
    assert ages([1, 1, 1, 1]) == [0]  # white: no age
    assert ages([2, 2, 2, 2]) == [4]  # the first of T − 1 = 4 context frames
    assert ages([1, 1, 1, 5]) == [1]  # the last
    assert ages([1, 3, 3, 3], [1, 1, 4, 4]) == [3, 2]
    # `frequent`: orange, then blue takes over, then orange gets even again and was first.
    assert ages([2, 2, 3, 2]) == [1]
    assert ages([2, 2, 3, 3]) == [2]
    assert ages([6]) == [1]


def test_batches_keep_their_shape():
    batch = np.array([[[1, 2], [3, 2]], [[1, 1], [1, 4]]], np.uint8)  # (n, time, ball)
    assert decisive_age(batch).tolist() == [[1, 2], [0, 1]]


@settings(max_examples=100, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 3)), elements=st.integers(1, 3)))
def test_equals_the_slow_version(answers):
    frames, balls = answers.shape
    expected = []
    for ball in range(balls):
        run = [1, *answers[:, ball].tolist()]
        changes = [t for t in range(1, frames + 1) if run[t] != run[t - 1]]
        expected.append(frames + 1 - changes[-1] if run[-1] != 1 else 0)
    assert decisive_age(answers).tolist() == expected


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in ("none", "second")])
def test_of_real_episodes_the_decisive_blink_is_of_that_ball(rule):
    spec = Spec(rule=rule, context_frames=8, world=BouncingWorld(balls=3, size=32, radius=(3.5, 3.5)))
    truth = truth_from(SpecSource(spec, "test", 40))
    age = age_of_balls(truth)
    seen_late = False
    for e, ball in np.argwhere(age > 0):
        t = 9 - age[e, ball]  # 1-based
        assert truth.blink_ball[e, t - 1] == ball
        blinks = np.flatnonzero(truth.blink_ball[e] == ball) + 1
        if rule == "latest":
            assert t == blinks[-1]
        seen_late |= t > blinks[0]
    assert seen_late == (rule not in ("earliest", "count-parity", "contagion"))
    for e, ball in np.argwhere(age == 0):
        assert not (truth.blink_ball[e] == ball).any()


def truth_of(truth_of_squares, rule, history, balls):
    """The truth of one episode with these (ball, colour) blinks under a rule."""
    ball, color = (np.array(values, kind) for values, kind in zip(zip(*history, strict=True), "hB", strict=True))
    answers = RULES[rule].answers(Blinks(ball, color), balls)
    truth = truth_of_squares([answers[-1]], running=[answers])
    return replace(truth, rule=rule, blink_ball=ball[None], blink_color=color[None])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("earliest", [6, 4, 0]),
        ("latest", [1, 4, 0]),  # ball 0 was 3 already, but who saw the last blink needs no other
        ("rarest", [2, 4, 0]),  # 3, and 4 from when 3 was given twice
        ("second", [5, 0, 0]),
        ("count-parity", [6, 4, 0]),  # all four blinks of ball 0 count
    ],
)
def test_known_ages_of_the_rules(truth_of_squares, rule, expected):
    history = [(0, 3), (0, 4), (1, 5), (-1, 1), (0, 3), (0, 3)]
    assert age_of_balls(truth_of(truth_of_squares, rule, history, balls=3))[0].tolist() == expected


@pytest.mark.parametrize("rule", ["earliest", *DECISIVE])
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.tuples(st.integers(0, 2), st.integers(2, 3)), min_size=1, max_size=12))
def test_a_window_as_long_as_the_age_holds_the_evidence(truth_of_squares, rule, history):
    truth = truth_of(truth_of_squares, rule, history, balls=3)
    for ball, age in enumerate(age_of_balls(truth)[0].tolist()):
        assert (age == 0) == (truth.answer[0, ball] == 1)
        for w in range(max(age, 1), len(history) + 1):
            window = Blinks(truth.blink_ball[0, -w:], truth.blink_color[0, -w:])
            assert RULES[rule].answers(window, 3)[-1, ball] == truth.answer[0, ball]


def test_by_age_goes_by_the_rule(truth_of_squares):
    truth = truth_of(truth_of_squares, "latest", [(0, 3), (0, 3), (1, 4)], balls=2)
    assert {age: (e.value, e.n) for age, e in by_age(truth.target, truth).items()} == {1: (1, 1), 2: (1, 1)}


def test_by_age_splits_painted_accuracy(truth_of_squares):
    running = [
        [[2, 1, 1], [2, 1, 4]],  # ages 2, none, 1
        [[1, 3, 5], [6, 3, 5]],  # ages 1, 2, 2
    ]
    truth = truth_of_squares([[2, 1, 4], [6, 3, 5]], running=running)
    class_map = truth.target.copy()
    class_map[0, :, 6:8] = 1  # the ball of age 1 of the first episode
    class_map[1, :, 3:5] = 0  # a ball of age 2 of the second
    got = by_age(class_map, truth)
    assert {a: (e.value, e.n) for a, e in got.items()} == {1: (1 / 2, 2), 2: (2 / 3, 3)}
    assert list(got) == [1, 2]


def test_by_age_of_white_balls_is_empty(truth_of_squares):
    truth = truth_of_squares([[1, 1]])
    assert by_age(truth.target, truth) == {}

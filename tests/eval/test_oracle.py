"""The oracle and the other baselines. The oracle's rules share no code with `generators.rules`; the two must agree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.baselines import BASELINES, chance, white
from eval.metrics.balls import ball_colors
from eval.metrics.check import random_truth
from eval.oracle import DEFINITIONS, oracle
from eval.score import score, score_baselines
from eval.truth import truth_from
from generators.rules import RULES, Blinks
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

SMALL = BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))


def test_every_rule_has_a_second_definition():
    assert set(DEFINITIONS) == set(RULES)


def blinking(truth_of_squares, rule, *blinks, balls=2):
    """The oracle's colours of the balls after these (ball, colour) blinks."""
    truth = truth_of_squares([[1] * balls])
    ball, color = np.array(blinks).T
    truth = replace(truth, rule=rule, blink_ball=ball[None].astype(np.int16), blink_color=color[None].astype(np.uint8))
    return ball_colors(oracle(truth), truth)[0].tolist()


def test_known_answers(truth_of_squares):
    assert blinking(truth_of_squares, "earliest", (0, 4), (0, 2), (0, 2)) == [4, 1]
    assert blinking(truth_of_squares, "frequent", (0, 4), (0, 2), (0, 2)) == [2, 1]
    assert blinking(truth_of_squares, "frequent", (1, 6), (1, 3), (0, 5), (1, 3), (1, 6)) == [
        5,
        6,
    ]  # a tie: given first
    assert blinking(truth_of_squares, "frequent", (-1, 1), (1, 3)) == [1, 3]  # a frame without a blink


# Ball 0 is given 4, 2, 2; ball 1 is given 6, then not; ball 2 is given 3, 5, 5, 3; ball 3 is never given any.
MANY = [(2, 3), (0, 4), (-1, 1), (2, 5), (0, 2), (1, 6), (2, 5), (0, 2), (2, 3)]


@pytest.mark.parametrize(
    ("rule", "colors"),
    [
        ("latest", [2, 6, 3, 1]),
        ("rarest", [4, 6, 3, 1]),  # 3 and 5 are both given twice, 3 first
        ("second", [2, 1, 5, 1]),
        ("count-parity", [4, 6, 5, 1]),  # 3 blinks, 1, 4 and 0
    ],
)
def test_known_answers_of_our_own_rules(truth_of_squares, rule, colors):
    assert blinking(truth_of_squares, rule, *MANY, balls=4) == colors
    assert blinking(truth_of_squares, rule, (-1, 1), balls=2) == [1, 1]  # nobody blinked at all


@settings(max_examples=150, deadline=None)
@given(data=st.data(), rule=st.sampled_from(sorted(RULES)), balls=st.integers(1, 4), frames=st.integers(1, 12))
def test_equals_the_rules_on_any_blinks(data, rule, balls, frames):
    ball = np.array(data.draw(st.lists(st.integers(-1, balls - 1), min_size=frames, max_size=frames)), np.int16)
    color = np.array(data.draw(st.lists(st.integers(2, 4), min_size=frames, max_size=frames)), np.uint8)
    color[ball < 0] = 1
    truth = random_truth(np.random.default_rng(0), n=1, balls=balls, size=8)
    truth = replace(truth, rule=rule, blink_ball=ball[None], blink_color=color[None])
    answers = RULES[rule].answers(Blinks(ball, color), balls)
    color_of_ball = dict(enumerate(answers[-1].tolist()))
    expected = [[0 if b < 0 else color_of_ball[b] for b in row] for row in truth.top[0].tolist()]
    assert oracle(truth)[0].tolist() == expected


@pytest.mark.parametrize("rule", sorted(RULES))
def test_the_oracle_is_right_about_real_episodes(rule):
    spec = Spec(rule=rule, colors=0 if rule == "none" else 5, context_frames=10, world=SMALL)
    truth = truth_from(SpecSource(spec, "test", 64))
    assert np.array_equal(oracle(truth), truth.target)
    scores = score(oracle(truth), truth)
    assert scores.metrics["ball_accuracy"].value == scores.metrics["foreground_iou"].value == 1
    assert scores.metrics["mse"].value == 0


def test_the_oracle_notices_a_wrong_target():
    truth = truth_from(SpecSource(Spec(world=SMALL), "test", 4))
    wrong = replace(truth, blink_color=np.where(truth.blink_color == 2, 3, truth.blink_color))
    assert not np.array_equal(oracle(wrong), truth.target)


def test_an_unlisted_rule_is_drawn_from_the_answers(truth_of_squares):
    truth = truth_of_squares([[2, 1, 5]])
    assert np.array_equal(oracle(truth), truth.target)


def test_white_is_right_about_the_white_balls_only(truth_of_squares):
    truth = truth_of_squares([[1, 2, 3], [1, 1, 4]])
    metrics = score(white(truth), truth).metrics
    assert metrics["ball_accuracy"].value == 3 / 6
    assert metrics["painted_accuracy"].value == 0
    assert metrics["foreground_iou"].value == 1


def test_chance_is_one_in_as_many_as_there_are_colours(truth_of_squares):
    rng = np.random.default_rng(1)
    truth = truth_of_squares(rng.integers(2, 7, (3000, 2)))
    got = score(chance(truth), truth).metrics
    assert got["painted_accuracy"].value == pytest.approx(1 / 5, abs=0.02)  # 4 standard errors
    assert got["foreground_iou"].value == 1
    drawn = ball_colors(chance(truth), truth)
    assert np.bincount(drawn.ravel(), minlength=7)[:2].tolist() == [0, 0]
    assert np.bincount(drawn.ravel())[2:] == pytest.approx(6000 / 5, rel=0.12)


def test_chance_is_seeded(truth_of_squares):
    truth = truth_of_squares(np.full((20, 2), 2))
    assert np.array_equal(chance(truth), chance(truth))
    assert not np.array_equal(chance(truth), chance(truth, seed=1))


def test_baselines_stand_beside_every_result(truth_of_squares):
    scores = score_baselines(truth_of_squares([[1, 2], [3, 4]]))
    assert list(scores) == list(BASELINES) == ["oracle", "chance", "white"]
    assert scores["oracle"].metrics["ball_accuracy"].value == 1
    assert scores["white"].metrics["ball_accuracy"].value == 1 / 4

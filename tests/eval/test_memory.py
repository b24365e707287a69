"""The windowed oracle against the rule applied window by window, and against all cases counted; effective memory
against values that are known."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from eval.baselines import chance, white
from eval.discs import paint
from eval.memory import BEST, crossing, effective_memory, score_memory, windowed_answers
from eval.oracle import oracle
from eval.score import score
from eval.truth import Truth, truth_from
from generators.palette import FIRST_COLOR, WHITE
from generators.rules import RULES, Blinks
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

SMALL = BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))
PAINTING = sorted(set(RULES) - {"none"})


def blinking(make: object, rule: str, ball: np.ndarray, color: np.ndarray, balls: int, colors: int = 5) -> Truth:
    """Episodes of these blinks, (n, time) each, with balls that never overlap."""
    answers = np.stack([RULES[rule].answers(Blinks(b, c), balls) for b, c in zip(ball, color, strict=True)])
    truth = make(answers[:, -1], running=answers)  # type: ignore[operator]
    return replace(truth, rule=rule, blink_ball=ball, blink_color=color, colors=colors)


def drawn(make, rule, n, frames, balls, colors=5, seed=0, dark=0.0):
    rng = np.random.default_rng(seed)
    ball = rng.integers(balls, size=(n, frames)).astype(np.int16)
    color = rng.integers(FIRST_COLOR, FIRST_COLOR + colors, size=(n, frames)).astype(np.uint8)
    nobody = rng.random((n, frames)) < dark
    ball[nobody], color[nobody] = -1, WHITE
    return blinking(make, rule, ball, color, balls, colors)


@pytest.mark.parametrize("rule", PAINTING)
def test_all_windows_are_those_of_the_rule_applied_one_by_one(truth_of_squares, rule):
    """The rule as `generators.rules` has it, with which the oracle shares no code."""
    for seed, (frames, balls, colors, dark) in enumerate(
        [(1, 1, 1, 0), (12, 2, 2, 0), (30, 3, 3, 0.3), (9, 4, 5, 0.8)]
    ):
        truth = drawn(truth_of_squares, rule, 20, frames, balls, colors, seed, dark)
        windows = windowed_answers(truth)
        for e, start in product(range(20), range(frames)):
            seen = Blinks(truth.blink_ball[e, start:], truth.blink_color[e, start:])
            assert np.array_equal(windows[e, frames - start], RULES[rule].answers(seen, balls)[-1])


@pytest.mark.parametrize("rule", PAINTING)
def test_no_frame_shows_nothing_and_all_frames_show_the_answer(truth_of_squares, rule):
    truth = drawn(truth_of_squares, rule, 20, 12, 3)
    windows = windowed_answers(truth)
    assert windows.shape == (20, 13, 3)
    assert (windows[:, 0] == WHITE).all()
    assert np.array_equal(windows[:, -1], truth.answer)


def test_windows_by_hand(truth_of_squares):
    ball, color = np.array([[0, 0, -1, 0, 1, 0]], np.int16), np.array([[4, 2, 1, 2, 6, 4]], np.uint8)
    earliest, frequent = (
        windowed_answers(blinking(truth_of_squares, rule, ball, color, 2))[0].T.tolist()
        for rule in ("earliest", "frequent")
    )
    assert earliest == [[1, 4, 4, 2, 2, 2, 4], [1, 1, 6, 6, 6, 6, 6]]
    assert frequent[0] == [1, 4, 4, 2, 2, 2, 4]  # 4; then a tie: 2 first; then 2 leads; and a tie again: 4 first


def test_a_rule_that_is_not_listed_has_no_windows(truth_of_squares):
    with pytest.raises(ValueError, match="rule unlisted can't be applied to a window"):
        windowed_answers(truth_of_squares([[2, 1]]))


@pytest.mark.parametrize("rule", PAINTING)
def test_nobody_who_sees_as_much_guesses_better(truth_of_squares, rule):
    """Unless the rule is not one of BEST."""
    cases = [(5, 2, 2, False), (6, 1, 2, True), (5, 1, 3, True), (7, 1, 2, False)]
    assert all(is_best(truth_of_squares, rule, *case) for case in cases) == (rule in BEST)


def is_best(make, rule, frames, balls, colors, dark):
    """Of every course that an episode may take, each as likely: is the window's answer the most frequent one of those
    that look alike in it, and all guesses as good where it is white? (`dark`: no blink is as likely as each.)"""
    blinks = [(b, FIRST_COLOR + c) for b in range(balls) for c in range(colors)] + [(-1, WHITE)] * dark
    courses = np.array(list(product(range(len(blinks)), repeat=frames)))
    ball, color = np.moveaxis(np.array(blinks)[courses], -1, 0)
    truth = blinking(make, rule, ball.astype(np.int16), color.astype(np.uint8), balls, colors)
    windows = windowed_answers(truth)[..., 0]  # of one ball: they are alike
    for w in range(frames + 1):
        looks = (courses[:, frames - w :] * len(blinks) ** np.arange(w)).sum(1)
        times = np.zeros((looks.max() + 1, FIRST_COLOR + colors))
        np.add.at(times, (looks, truth.answer[:, 0]), 1)
        answer = np.zeros(len(times), int)
        answer[looks] = windows[:, w]
        known, times = answer != WHITE, times[:, FIRST_COLOR:]
        if (times[known, answer[known] - FIRST_COLOR] < times[known].max(axis=1)).any() or np.ptp(
            times[~known], axis=1
        ).any():
            return False
    return True


def memory(color, truth):
    """Of a prediction in colours, uint8 (n, ball)."""
    return score_memory(paint(truth.top, color), truth).metrics["effective_memory"]


@pytest.mark.parametrize("rule", ["earliest", "frequent"])
def test_a_windowed_oracle_has_the_memory_of_its_window(truth_of_squares, rule):
    truth = drawn(truth_of_squares, rule, 500, 10, 3)
    windows = windowed_answers(truth)
    for w in (0, 1, 4, 7, 10):
        found = memory(windows[:, w], truth)
        assert found.value == w
        assert found.low <= w <= found.high
        assert rule == "earliest" or found.low == found.high  # it rises everywhere, whichever episodes are drawn
        assert found.n == (truth.answer != WHITE).sum()


@pytest.mark.parametrize("rule", PAINTING)
def test_the_full_oracle_remembers_no_less_than_any_window(rule):
    truth = truth_from(SpecSource(Spec(rule=rule, world=SMALL), "test", 100))
    found = score_memory(oracle(truth), truth)
    value = found.metrics["effective_memory"].value
    assert found.windowed_oracle[-1] == 1
    assert value == (found.windowed_oracle == 1).argmax()  # the least window that shows all
    assert rule not in ("earliest", "frequent") or value == 10
    assert found.metrics == found.baselines["oracle"]


@pytest.mark.parametrize(("rule", "lucky"), [("frequent", 0.5), ("earliest", 3.5)])
def test_chance_remembers_about_nothing(truth_of_squares, rule, lucky):
    """Under `earliest` the first frames of the window tell next to nothing, and a little luck looks like some."""
    truth = drawn(truth_of_squares, rule, 1000, 8, 2)
    found = score_memory(chance(truth), truth).metrics["effective_memory"]
    assert found.low == 0
    assert found.value <= found.high < lucky


def test_white_balls_and_an_empty_image_remember_nothing(truth_of_squares):
    truth = drawn(truth_of_squares, "earliest", 50, 8, 2)
    for drawing, accuracy in ((white(truth), 1 / 5), (np.zeros_like(truth.target), 0)):
        found = score_memory(drawing, truth).metrics
        e = found["effective_memory"]
        assert (e.value, e.low, e.high) == (0, 0, 0)
        assert found["guessing_accuracy"].value == pytest.approx(accuracy)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_noise_that_spoils_a_share_of_the_balls_lowers_the_memory_as_it_lowers_the_score(truth_of_squares, share):
    truth = drawn(truth_of_squares, "frequent", 2000, 12, 3)
    rng = np.random.default_rng(1)
    noise = rng.integers(FIRST_COLOR, FIRST_COLOR + 5, truth.answer.shape)
    spoilt = np.where(rng.random(truth.answer.shape) < share, noise, truth.answer).astype(np.uint8)
    found = score_memory(paint(truth.top, spoilt), truth)
    curve, e = found.windowed_oracle, found.metrics["effective_memory"]
    assert np.interp(e.value, np.arange(13), curve) == pytest.approx(found.metrics["guessing_accuracy"].value)
    assert np.interp(1 - share * 4 / 5, curve, np.arange(13)) == pytest.approx(e.value, abs=0.35)
    assert e.low < e.value < e.high < e.low + 1


def test_more_blinks_forgotten_is_less_memory_in_every_unit(truth_of_squares):
    truth = drawn(truth_of_squares, "frequent", 300, 10, 3)
    found = score_memory(paint(truth.top, windowed_answers(truth)[:, 5]), truth, steps_per_frame=16).metrics
    assert [found[name].value for name in ("effective_memory", "effective_memory_share", "effective_memory_steps")] == [
        5,
        0.5,
        80,
    ]


def curve_crossing(curve, score):
    return crossing(np.array([curve], float), np.array([score], float))[0]


def test_crossings_by_hand():
    assert curve_crossing([1, 2, 4], 1) == curve_crossing([1, 2, 4], 0) == 0
    assert [curve_crossing([1, 2, 4], s) for s in (1.5, 2, 3, 4, 5)] == [0.5, 1, 1.5, 2, 2]
    assert curve_crossing([1, 2, 2, 2], 2) == 1  # flat: the least
    assert curve_crossing([1, 4, 4, 4], 5) == 3  # never reached
    assert curve_crossing([1, 3, 1, 1, 5], 2) == 3.25  # one lucky window is not believed
    assert curve_crossing([1, 5, 1, 5], 3) == 0.5  # two as good: the first


def test_the_crossing_is_where_isotonic_regression_crosses():
    rng = np.random.default_rng(0)
    for _ in range(200):
        curve = rng.integers(0, 20, 9).astype(float)
        best = np.array(
            [max(min(curve[i : j + 1].mean() for j in range(k, 9)) for i in range(k + 1)) for k in range(9)]
        )
        score = rng.integers(0, 20) + 0.123
        if max(curve[0], best[0]) < score < best[-1]:
            assert np.ceil(curve_crossing(curve, score)) == (best >= score).argmax()


def test_the_interval_is_that_of_a_plain_bootstrap_in_any_order(truth_of_squares):
    rng = np.random.default_rng(2)
    balls = rng.integers(1, 4, 60)
    curve = np.cumsum(rng.integers(0, 4, (60, 6)), axis=1).astype(float)
    scores = curve[:, [3]] + rng.integers(-1, 2, (60, 1))
    plain = []
    for _ in range(4000):
        rows = rng.integers(60, size=60)
        plain.append(np.interp(scores[rows].sum(), curve[rows].sum(0), np.arange(6)))
    [found] = effective_memory(scores, curve, balls)
    assert (found.low, found.high) == pytest.approx(np.quantile(plain, (0.025, 0.975)), abs=0.03)
    order = rng.permutation(60)
    assert [found] == effective_memory(scores[order], curve[order], balls[order])


def test_no_painted_ball_is_no_memory(truth_of_squares):
    nobody = np.full((3, 4), -1, np.int16)
    truth = blinking(truth_of_squares, "earliest", nobody, np.ones((3, 4), np.uint8), 2)
    document = score_memory(truth.target, truth).to_json()
    assert document["metrics"]["effective_memory"] == {"value": None, "low": None, "high": None, "n": 0}
    assert document["windowed_oracle"] == [None] * 5


def test_white_is_worth_a_guess_and_the_rest_is_painted_accuracy(truth_of_squares):
    truth = drawn(truth_of_squares, "earliest", 40, 6, 2)
    rng = np.random.default_rng(3)
    color = rng.integers(FIRST_COLOR, FIRST_COLOR + 5, truth.answer.shape).astype(np.uint8)
    painted = score(paint(truth.top, color), truth).metrics["painted_accuracy"]
    found = score_memory(paint(truth.top, color), truth).metrics["guessing_accuracy"]
    assert (found.value, found.n) == (pytest.approx(painted.value), painted.n)

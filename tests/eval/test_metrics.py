"""Metrics: values worked out by hand, and slow second versions of the vectorised ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.discs import paint
from eval.estimate import Sums, estimate
from eval.metrics import METRICS, Metric, check_metric
from eval.metrics.balls import UNSEEN, ball_colors
from eval.metrics.check import random_truth


def value(name, class_map, truth):
    return estimate([METRICS[name].sums(np.asarray(class_map, np.uint8), truth)])[0]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_keeps_what_metrics_must(name):
    for seed in range(3):
        check_metric(METRICS[name], seed=seed)


def broken(name, change):
    good = METRICS[name]
    return replace(good, sums=lambda class_map, truth: change(class_map, truth, good.sums(class_map, truth)))


@pytest.mark.parametrize(
    ("metric", "complaint"),
    [
        (broken("pixel_accuracy", lambda c, t, s: Sums(s.numerator * 0.99, s.denominator)), "perfect"),
        (broken("pixel_accuracy", lambda c, t, s: Sums(s.numerator * 0 + 1, s.denominator)), "wrong prediction"),
        (broken("mse", lambda c, t, s: Sums(s.numerator * 100, s.denominator)), "outside"),
        (broken("mse", lambda c, t, s: Sums(s.numerator[:1], s.denominator)), "shape"),
        (broken("mse", lambda c, t, s: Sums(-s.numerator, s.denominator)), "negative"),
        (
            broken(
                "pixel_accuracy",
                lambda c, t, s: Sums(
                    s.numerator * np.linspace(1, (c != t.target).any() * -0.1 + 1, len(c)), s.denominator
                ),
            ),
            "order",
        ),
        (
            broken(
                "mse",
                lambda c, t, s: Sums(
                    np.full(len(c), s.numerator.mean() * 0.5 + s.numerator.max() * 0.1), s.denominator
                ),
            ),
            "other episodes",
        ),
    ],
)
def test_check_metric_can_fail(metric, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check_metric(metric)


def test_known_values(truth_of_squares):
    # Two balls, 2 × 6 pixels: yellow (2), white (1).   Predicted: 3 of 4 yellow pixels; the second ball all red (4).
    truth = truth_of_squares([[2, 1]])
    assert truth.target[0].tolist() == [[2, 2, 0, 1, 1, 0], [2, 2, 0, 1, 1, 0]]
    predicted = [[[2, 2, 0, 4, 4, 0], [2, 0, 3, 4, 4, 0]]]
    assert value("ball_accuracy", predicted, truth).value == 1 / 2
    assert value("painted_accuracy", predicted, truth).value == 1
    assert value("foreground_iou", predicted, truth).value == 7 / 9  # 8 true, 8 predicted, 7 both
    assert value("pixel_accuracy", predicted, truth).value == 6 / 12
    # Yellow (255, 200, 0) for black; blue (70, 10, 185) for black; four times white for red (220, 0, 0).
    error = (255**2 + 200**2) + (70**2 + 10**2 + 185**2) + 4 * (35**2 + 255**2 + 255**2)
    assert value("mse", predicted, truth).value == pytest.approx(error / 255**2 / 3 / 12, rel=1e-12)


def test_n_counts_balls_or_episodes(truth_of_squares):
    truth = truth_of_squares([[2, 1], [3, 4], [1, 1]])
    n = {name: value(name, truth.target, truth).n for name in METRICS}
    assert n == {"ball_accuracy": 6, "painted_accuracy": 3, "foreground_iou": 3, "pixel_accuracy": 3, "mse": 3}
    assert {m.unit for m in METRICS.values()} == {"balls", "episodes"}


def test_balls_are_weighed_alike_and_images_are_averaged(truth_of_squares):
    truth = truth_of_squares([[2, 3], [2, 1]])
    predicted = truth.target.copy()
    predicted[1, :, :2] = 1  # the one painted ball of the second episode; 2 of 3 are right, and not (1 + 0) / 2
    assert value("painted_accuracy", predicted, truth).value == 2 / 3
    predicted[1] = 0
    assert value("foreground_iou", predicted, truth).value == 1 / 2


def test_white_where_nothing_is_painted(truth_of_squares):
    truth = truth_of_squares([[1, 1]])
    nothing = value("painted_accuracy", truth.target, truth)
    assert nothing.n == 0
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
    assert value("ball_accuracy", truth.target, truth).value == 1


def test_iou_of_two_empty_images_is_one(truth_of_squares):
    truth = truth_of_squares([[2]])
    empty = replace(truth, target=np.zeros_like(truth.target))
    assert value("foreground_iou", empty.target, empty).value == 1
    assert value("foreground_iou", truth.target, empty).value == 0
    assert value("foreground_iou", empty.target, truth).value == 0


def test_mse_of_black_for_white_is_one(truth_of_squares):
    truth = truth_of_squares([[1]])
    target = np.ones_like(truth.target)
    assert value("mse", np.zeros_like(target), replace(truth, target=target)).value == 1


@pytest.mark.parametrize(
    ("pixels", "winner"),
    [
        ([2, 2, 3, 4], 2),
        ([3, 3, 2, 2], 2),  # a tie goes to the lowest class
        ([0, 0, 5, 5], 0),  # and the background is a class
        ([6, 5, 4, 3], 3),
        ([6, 6, 6, 0], 6),
    ],
)
def test_the_majority_over_the_disc(pixels, winner, truth_of_squares):
    truth = truth_of_squares([[2]])
    a, b, c, d = pixels
    assert ball_colors(np.array([[[a, b, 6], [c, d, 6]]], np.uint8), truth).tolist() == [[winner]]


def test_a_covered_ball_is_judged_where_it_shows(truth_of_squares):
    # Ball 1 covers three quarters of ball 0, ball 3 the whole of ball 2.
    position = np.array([[[3, 3], [3.5, 3.5], [9, 9], [9, 9]]], np.float32)
    radius = np.array([[2, 2, 1, 2]], np.float32)
    answers = np.array([[[2, 3, 4, 5]]], np.uint8)
    truth = replace(
        truth_of_squares([[1]]),
        position=position,
        radius=radius,
        answers=answers,
        target=np.zeros((1, 12, 12), np.uint8),
    )
    truth = replace(truth, target=paint(truth.top, answers[:, 0]))
    whole = (np.hypot(np.arange(12)[None] - 2.5, np.arange(12)[:, None] - 2.5) < 2) & (truth.target[0] > 0)
    assert (truth.target[0][whole] == 3).sum() > (truth.target[0][whole] == 2).sum() > 0
    assert ball_colors(truth.target, truth).tolist() == [[2, 3, UNSEEN, 5]]
    perfect = value("ball_accuracy", truth.target, truth)
    assert (perfect.value, perfect.n) == (1, 3)


def test_a_ball_without_a_pixel_is_not_scored(truth_of_squares):
    truth = truth_of_squares([[2, 3]])
    tiny = replace(truth, radius=np.array([[0.9, 0.5]], np.float32))  # centred on a corner of pixels: none within 0.5
    out = replace(truth, position=np.array([[[1, 1], [-5, 1]]], np.float32))
    for hidden in (tiny, out):
        assert ball_colors(truth.target, hidden).tolist() == [[2, UNSEEN]]
        assert value("ball_accuracy", truth.target, hidden).n == 1
        assert value("painted_accuracy", truth.target, hidden).n == 1


def slow_metrics(class_map, truth):
    """All five, in plain Python from the definitions."""
    right = balls = painted_right = painted = 0
    iou, accuracy, mse = [], [], []
    for e in range(len(truth)):
        height, width = truth.target[e].shape
        votes = [{} for _ in truth.radius[e]]
        both = either = equal = error = 0
        for i in range(height):
            for j in range(width):
                p, t = int(class_map[e, i, j]), int(truth.target[e, i, j])
                shown = None
                for ball, (x, y) in enumerate(truth.position[e].tolist()):
                    if (j + 0.5 - x) ** 2 + (i + 0.5 - y) ** 2 < float(truth.radius[e, ball]) ** 2:
                        shown = ball
                if shown is not None:
                    votes[shown][p] = votes[shown].get(p, 0) + 1
                both += p > 0 and t > 0
                either += p > 0 or t > 0
                equal += p == t
                for channel in range(3):
                    error += ((int(truth.palette[p, channel]) - int(truth.palette[t, channel])) / 255) ** 2
        for ball, cast in enumerate(votes):
            if cast:
                winner = min(c for c in cast if cast[c] == max(cast.values()))
                answer = int(truth.answers[e, -1, ball])
                balls += 1
                right += winner == answer
                painted += answer != 1
                painted_right += answer != 1 and winner == answer
        iou.append(both / either if either else 1)
        accuracy.append(equal / (height * width))
        mse.append(error / (height * width * 3))
    return {
        "ball_accuracy": (right / balls, balls),
        "painted_accuracy": (painted_right / painted, painted),
        "foreground_iou": (sum(iou) / len(iou), len(iou)),
        "pixel_accuracy": (sum(accuracy) / len(accuracy), len(accuracy)),
        "mse": (sum(mse) / len(mse), len(mse)),
    }


@pytest.mark.parametrize("seed", range(4))
def test_equal_their_slow_versions(seed):
    rng = np.random.default_rng(seed)
    truth = random_truth(rng, n=6, balls=4, size=14)
    noise = rng.integers(truth.classes, size=truth.target.shape, dtype=np.uint8)
    class_map = np.where(rng.random(truth.target.shape) < 0.25 * seed, noise, truth.target)
    for name, (expected, n) in slow_metrics(class_map, truth).items():
        got = value(name, class_map, truth)
        assert got.value == pytest.approx(expected, rel=1e-12, abs=1e-12), name
        assert got.n == n, name


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), balls=st.integers(1, 8), size=st.integers(4, 20), tiny=st.booleans())
def test_a_perfect_prediction_scores_perfectly(seed, balls, size, tiny):
    truth = random_truth(np.random.default_rng(seed), n=3, balls=balls, size=size)
    if tiny:
        truth = replace(truth, radius=truth.radius / 8)
        truth = replace(truth, target=paint(truth.top, truth.answer))
    for name, metric in METRICS.items():
        perfect = value(name, truth.target, truth)
        if perfect.n:
            assert (perfect.value, perfect.low, perfect.high) == (metric.best,) * 3, name


def test_a_metric_is_a_small_value():
    assert all(isinstance(m, Metric) and m.summary and m.best in (0.0, 1.0) for m in METRICS.values())

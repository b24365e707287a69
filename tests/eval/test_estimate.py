"""Estimates: ratios by hand, and intervals that cover what they should."""

import numpy as np
import pytest

from eval.estimate import RESAMPLES, Estimate, Sums, estimate


def sums(numerator, denominator=None):
    numerator = np.array(numerator, float)
    return Sums(numerator, np.ones_like(numerator) if denominator is None else np.array(denominator, float))


def one(*args, **kwargs):
    return estimate([sums(*args)], **kwargs)[0]


def test_the_value_is_the_ratio_of_the_sums():
    got = one([1, 0, 3], [1, 2, 3])
    assert got.value == 4 / 6
    assert got.n == 6
    assert 0 <= got.low < got.value < got.high <= 1


def test_nothing_scored_is_nan_and_null():
    for nothing in (one([0, 0], [0, 0]), one([], [])):
        assert nothing.n == 0
        assert nothing.to_json() == {"value": None, "low": None, "high": None, "n": 0}


def test_json_is_plain():
    got = one([1, 0, 1]).to_json()
    assert list(got) == ["value", "low", "high", "n"]
    assert [type(v) for v in got.values()] == [float, float, float, int]


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.3])
def test_equal_scores_give_an_interval_of_one_point(constant):
    assert one([constant] * 7) == Estimate(constant, constant, constant, 7)
    assert one([1] * 3 + [0], [1] * 3 + [0]) == Estimate(1, 1, 1, 3)


def test_the_same_again_and_in_any_order():
    rng = np.random.default_rng(1)
    right, of = rng.random(50), rng.integers(1, 5, 50)
    order = rng.permutation(50)
    assert one(right, of) == one(right, of) == one(right[order], of[order])
    assert one(right, of) != one(right, of, seed=1)


def test_a_column_is_the_same_alone_and_among_others():
    rng = np.random.default_rng(2)
    many = [sums(rng.random(20)) for _ in range(70)]  # more than are done at once
    together = estimate(many)
    for some, got in zip(many, together, strict=True):
        alone = estimate([some])[0]
        assert alone.value == got.value
        assert (alone.low, alone.high) == pytest.approx((got.low, got.high), rel=1e-12)


def test_a_rare_unit_is_left_out_of_the_resamples_that_lack_it():
    got = one([1, 0] + [0] * 20, [1, 1] + [0] * 20)
    assert (got.value, got.low, got.high, got.n) == (0.5, 0, 1, 2)


def test_equals_a_plain_bootstrap():
    rng = np.random.default_rng(3)
    right, of = rng.integers(0, 3, 40).astype(float), np.full(40, 3.0)
    of[::3] = 2
    right = np.minimum(right, of)
    ratios = []
    for _ in range(RESAMPLES * 5):
        rows = rng.integers(40, size=40)
        ratios.append(right[rows].sum() / of[rows].sum())
    got = one(right, of)
    assert (got.low, got.high) == pytest.approx(np.quantile(ratios, (0.025, 0.975)), abs=0.015)


def coverage(draw, truth, trials=300):
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(trials):
        got = estimate([draw(rng)], resamples=400)[0]
        inside += got.low <= truth <= got.high
    return inside / trials


def test_the_interval_covers_a_binomial():
    assert 0.90 <= coverage(lambda rng: sums(rng.random(100) < 0.7), 0.7) <= 0.985


def test_episodes_are_resampled_and_not_balls():
    """Four balls of an episode that are all right or all wrong are worth one ball, not four."""

    def clustered(rng):
        return sums(4 * (rng.random(60) < 0.7), [4] * 60)

    assert 0.88 <= coverage(clustered, 0.7) <= 0.985
    whole = clustered(np.random.default_rng(5))
    together = estimate([whole])[0]
    apart = one(np.repeat(whole.numerator / 4, 4))
    assert together.value == apart.value
    assert together.n == apart.n == 240
    assert (together.high - together.low) / (apart.high - apart.low) == pytest.approx(2, rel=0.15)

"""Errors of depth: by hand, against the formulas pixel by pixel, and which pixels count."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eval.scenes.depth import score_depth

SHAPE = (2, 2, 3, 2)  # episode, time, y, x
TRUTH = np.random.default_rng(0).uniform(1, 9, SHAPE).astype(np.float32)
METRES = arrays(np.float32, SHAPE, elements=st.floats(0.125, 64, width=32))


def values(depths, truths, valid=None):
    return {name: e.value for name, e in score_depth(depths, truths, valid).items()}


def pixel_by_pixel(depths, truths):
    """The formulas of Eigen et al., one pixel after the other."""
    pairs = [(float(d), float(t)) for d, t in zip(depths.ravel(), truths.ravel(), strict=True) if 0 < t < math.inf]
    n = len(pairs)
    mse = sum((d - t) ** 2 for d, t in pairs) / n
    near = sum(d > 0 and max(d / t, t / d) < 1.25 for d, t in pairs) / n
    return {"mse": mse, "rmse": math.sqrt(mse), "abs_rel": sum(abs(d - t) / t for d, t in pairs) / n, "delta": near}


def test_the_truth_is_perfect():
    assert values(TRUTH, TRUTH) == {"mse": 0, "rmse": 0, "abs_rel": 0, "delta": 1}


def test_values_by_hand():
    truth, depth = np.array([[[[2.0, 4.0, 10.0, 1.0]]]]), np.array([[[[3.0, 4.5, 8.0, -1.0]]]])
    found = values(depth, truth)
    assert found["mse"] == pytest.approx((1 + 0.25 + 4 + 4) / 4)
    assert found["rmse"] == pytest.approx(math.sqrt(9.25 / 4))
    assert found["abs_rel"] == pytest.approx((0.5 + 0.125 + 0.2 + 2) / 4)
    assert found["delta"] == 1 / 4  # 10 / 8 is 1.25, and not less


def test_the_scale_counts():
    found = values(TRUTH * 2, TRUTH)
    assert found["abs_rel"] == pytest.approx(1)
    assert found["delta"] == 0


@given(METRES, METRES)
def test_they_are_the_formulas_pixel_by_pixel(depths, truths):
    truths[0, 0] = 0
    assert values(depths, truths) == pytest.approx(pixel_by_pixel(depths, truths))


@given(METRES, METRES)
def test_bounds(depths, truths):
    found = values(depths, truths)
    assert min(found.values()) >= 0
    assert found["delta"] <= 1
    assert found["rmse"] ** 2 == pytest.approx(found["mse"])


def test_pixels_without_a_depth_and_outside_the_mask_do_not_count():
    truth, depth = TRUTH.copy(), TRUTH.copy()
    truth[0, 0, 0], truth[0, 1, 0], truth[1, 0, 0] = 0, np.inf, np.nan
    depth[0, 0, 0], depth[0, 1, 0], depth[1, 0, 0] = 99, 99, np.nan
    assert values(depth, truth)["mse"] == 0
    assert score_depth(depth, truth)["mse"].n == truth.size - 6
    mask = np.ones(SHAPE, bool)
    mask[:, :, 1] = False
    depth[:, :, 1] = 77
    assert values(depth, truth, mask)["mse"] == 0
    assert values(depth, truth)["mse"] > 0
    nothing = score_depth(depth, truth, mask & False)["rmse"]
    assert (nothing.n, np.isnan(nothing.value)) == (0, True)


def test_episodes_may_come_one_by_one_and_differ():
    found = score_depth(iter([TRUTH[0], TRUTH[1, :1] + 1]), iter([TRUTH[0], TRUTH[1, :1]]))
    assert found["mse"].value == pytest.approx(6 / 18)  # pixels count alike, not episodes
    assert (found["mse"].low, found["mse"].high) == pytest.approx((0, 1))
    assert (found["rmse"].low, found["rmse"].n) == (0, 18)


@pytest.mark.parametrize(
    ("depths", "truths", "valid", "complaint"),
    [
        ([], [], None, "no episodes"),
        (TRUTH, TRUTH[:1], None, "not as many"),
        (TRUTH, TRUTH, np.ones(SHAPE, bool)[:1], "not as many"),
        (TRUTH, TRUTH[:, :1], None, "every pixel"),
        (TRUTH, TRUTH, np.ones(SHAPE), "every pixel"),
        (TRUTH * np.nan, TRUTH, None, "diverged"),
    ],
)
def test_what_cannot_be_scored_is_refused_in_one_line(depths, truths, valid, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        score_depth(depths, truths, valid)
    assert "\n" not in str(error.value)

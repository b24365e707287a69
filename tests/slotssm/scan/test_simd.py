"""What the kernels' vectors compute, against numpy in float64."""

# intrinsics are compiled, with other arguments than pyright sees
# pyright: reportCallIssue=false

import numpy as np
import pytest
from numba import njit

from slotssm.scan.cpu.simd import LANES, exp2, load, store, total
from slotssm.scan.cpu.vectormath import sigmoid, softplus


@njit
def _exp2(x, y):
    for i in range(0, x.size, LANES):
        store(y, i, exp2(load(x, i)))


@njit
def _sigmoid(x, y):
    for i in range(0, x.size, LANES):
        store(y, i, sigmoid(load(x, i)))


@njit
def _softplus(x, y):
    for i in range(0, x.size, LANES):
        store(y, i, softplus(load(x, i)))


@njit
def _total(x):
    return total(load(x, 0))


def of(kernel, x):
    y = np.empty_like(x)
    kernel(x, y)
    return y


@pytest.mark.parametrize(("dtype", "within"), [(np.float32, 2e-7), (np.float64, 1e-15)])
def test_exp2(dtype, within):
    x = np.linspace(-125, 125, LANES * 5000).astype(dtype)
    assert np.abs(of(_exp2, x) / np.exp2(x.astype(np.longdouble)) - 1).max() < within


def test_a_decay_of_nothing_is_exactly_one_and_slow_decays_do_not_drift():
    """A state that is multiplied ten thousand times by 2^-x is where 2^(-10000 x) says."""
    assert of(_exp2, np.zeros(LANES, np.float32)).tolist() == [1.0] * LANES
    x = -np.geomspace(1e-6, 1e-3, LANES).astype(np.float32)
    decay = of(_exp2, x).astype(float) ** 10_000
    assert np.abs(decay / np.exp2(10_000 * x.astype(float)) - 1).max() < 1e-3


def test_exp2_at_its_ends():
    x = np.zeros(LANES, np.float32)
    x[:8] = -np.inf, -1e30, -126, -125, 127, 128, 1e30, np.inf
    assert of(_exp2, x)[:8].tolist() == [0, 0, 0, 2.0**-125, 2.0**127, np.inf, np.inf, np.inf]


@pytest.mark.parametrize("kernel", [_exp2, _sigmoid, _softplus])
def test_every_nan_stays_one(kernel):
    """Whatever its bits are: exp2 makes its exponents of bits."""
    quiet = np.concatenate([0x7FC00000 + np.r_[0, 1 << np.arange(22), 0x3FFFFF], 0x7F800001 + np.arange(8)])
    bits = np.concatenate([quiet, quiet | 1 << 31]).astype(np.uint32)
    assert len(bits) == 2 * LANES
    assert np.isnan(of(kernel, bits.view(np.float32))).all()


@pytest.mark.parametrize(("dtype", "within"), [(np.float32, 5e-7), (np.float64, 1e-14)])
def test_sigmoid_and_softplus(dtype, within):
    x = np.linspace(-80, 80, LANES * 5000).astype(dtype)
    exact = x.astype(np.longdouble)
    assert np.abs(of(_sigmoid, x) * (1 + np.exp(-exact)) - 1).max() < 30 * within  # e^-x: its argument is rounded
    assert np.abs(of(_softplus, x) / np.logaddexp(0, exact) - 1).max() < 30 * within
    near = np.abs(x) < 5
    assert np.abs(of(_softplus, x) / np.logaddexp(0, exact) - 1)[near].max() < within


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softplus_at_their_ends(dtype):
    x = np.repeat([-np.inf, -1e30, 1e30, np.inf], LANES // 4).astype(dtype)
    assert of(_sigmoid, x)[:: LANES // 4].tolist() == [0, 0, 1, 1]
    assert of(_softplus, x)[:: LANES // 4].tolist() == [0, 0, dtype(1e30), np.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_total(dtype):
    assert _total(np.arange(LANES, dtype=dtype)) == LANES * (LANES - 1) / 2

"""The statistics of the audit against exact sums, and against chance itself."""

from fractions import Fraction
from math import comb, exp, factorial

import numpy as np
import pytest

from eval.audit.grid import cells
from eval.audit.statistics import (
    binomial_tail,
    chi_square_tail,
    dependence,
    mutual_information,
    normal_tail,
    uniform_p,
)


@pytest.mark.parametrize(("n", "p"), [(1, Fraction(1, 5)), (30, Fraction(1, 5)), (200, Fraction(1, 3))])
def test_binomial_tails_are_the_exact_sums(n, p):
    for k in range(n + 1):
        exact = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))
        assert binomial_tail(k, n, float(p)) == pytest.approx(float(exact), rel=1e-9)
    assert binomial_tail(3, 3, 1.0) == 1
    assert binomial_tail(0, 0, 0.2) == 1


@pytest.mark.parametrize("half", [1, 2, 5, 30])
def test_chi_square_tails_are_the_exact_ones_and_far_out_err_towards_chance(half):
    for x in np.linspace(0.1, 4 * half + 30, 20):
        exact = exp(-x / 2) * sum((x / 2) ** i / factorial(i) for i in range(half))  # of 2 · half degrees of freedom
        assert chi_square_tail(x, 2 * half) == pytest.approx(exact, abs=0.02)
        if exact < 0.1:
            assert chi_square_tail(x, 2 * half) > 0.95 * exact
        if 1e-6 < exact < 0.1:
            assert chi_square_tail(x, 2 * half) < 3 * exact
    assert chi_square_tail(0, 2 * half) == 1


def test_normal_tails_by_the_table():
    assert [normal_tail(z) for z in (0, 1.959964, -1.959964)] == pytest.approx([0.5, 0.025, 0.975])


def test_uniform_counts_by_hand():
    assert uniform_p(np.array([7])) == uniform_p(np.array([0, 0])) == uniform_p(np.array([5, 5, 5])) == 1
    assert uniform_p(np.array([60, 40])) == pytest.approx(0.0455, abs=0.005)  # 2 standard deviations, two-sided
    assert uniform_p(np.array([100, 0])) < 1e-15


def test_information_by_hand():
    a = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    assert mutual_information(a, a) == pytest.approx(2)
    assert mutual_information(a, a // 2) == pytest.approx(1)
    assert mutual_information(a, np.tile([0, 1], 4)) == pytest.approx(0)
    assert mutual_information(a[:0], a[:0]) == 0


def test_dependence_is_found_and_independence_is_as_often_unlikely_as_it_says():
    rng = np.random.default_rng(0)

    def p_of(label, feature):
        return dependence(label, feature, (rng.permutation(label) for _ in range(100)))[2]

    null = np.array([p_of(rng.integers(5, size=300), rng.integers(8, size=300)) for _ in range(200)])
    for share in (0.1, 0.5, 0.9):
        assert (null < share).mean() == pytest.approx(share, abs=0.12)
    assert null.min() > 1e-4
    feature = rng.integers(8, size=300)
    assert p_of(np.where(rng.random(300) < 0.5, feature % 5, rng.integers(5, size=300)), feature) < 1e-9


def test_the_tail_of_shuffles_is_that_of_chi_square():
    rng = np.random.default_rng(1)
    label, feature = rng.integers(3, size=5000), rng.integers(4, size=5000)
    label[:190] = feature[:190] % 3
    bits, _, p = dependence(label, feature, (rng.permutation(label) for _ in range(400)))
    assert np.log10(p) == pytest.approx(np.log10(chi_square_tail(2 * np.log(2) * 5000 * bits, 6)), rel=0.25)


def test_nothing_to_shuffle_is_no_dependence():
    ones = np.zeros(10, int)
    assert dependence(ones, np.arange(10), [ones] * 5) == (0, 0, 1)


def test_cells_go_row_by_row():
    corners = np.array([[0, 0], [15.9, 0], [0, 4], [15.9, 15.9], [99, 99]])
    assert cells(corners, 16).tolist() == [0, 3, 4, 15, 15]

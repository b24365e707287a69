"""The adjusted Rand index: values worked out by hand, a count of all pairs, and what must not change it."""

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ari import adjusted_rand_index
from eval.slots import fg_ari

LABELS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4), min_size=n, max_size=n) for _ in range(2)))
)


def index(one, other):
    return adjusted_rand_index(np.array(one), np.array(other))


def by_counting_pairs(one, other):
    """The definition, pair by pair: (together in both − expected) / (most that could be − expected)."""
    pairs = list(combinations(range(len(one)), 2))
    in_one = [one[i] == one[j] for i, j in pairs]
    in_other = [other[i] == other[j] for i, j in pairs]
    both = sum(a and b for a, b in zip(in_one, in_other, strict=True))
    if not pairs:
        return 1.0
    expected = sum(in_one) * sum(in_other) / len(pairs)
    most = (sum(in_one) + sum(in_other)) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


@pytest.mark.parametrize(
    ("one", "other", "value"),
    [
        ([0, 0, 1, 1], [5, 5, 3, 3], 1),
        # of 6 pairs 1 and 2 are together, and 1 in both: (1 − 2/6) / (3/2 − 2/6)
        ([0, 0, 1, 2], [0, 0, 1, 1], (1 - 2 / 6) / (1.5 - 2 / 6)),
        # of 6 pairs 2 and 2 are together, none in both: (0 − 4/6) / (2 − 4/6)
        ([0, 0, 1, 1], [0, 1, 0, 1], -1 / 2),
        # of 15 pairs 6 and 4 are together, and 2 in both: (2 − 24/15) / (5 − 24/15)
        ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 1, 2], (2 - 24 / 15) / (5 - 24 / 15)),
        ([0, 0, 1, 1], [0, 0, 0, 0], 0),  # one group says nothing of two
        ([0, 0, 1, 1], [0, 1, 2, 3], 0),  # nor do points each alone
        ([0, 0, 0], [7, 7, 7], 1),
        ([0, 1, 2], [2, 0, 1], 1),
        ([4], [9], 1),
    ],
)
def test_known_values(one, other, value):
    assert index(one, other) == pytest.approx(value, rel=1e-12, abs=1e-15)


@given(LABELS)
def test_it_is_the_definition_pair_by_pair(labels):
    assert index(*labels) == pytest.approx(by_counting_pairs(*labels), rel=1e-9, abs=1e-12)


def by_pair_confusion(one, other):
    """2 (tp·tn − fn·fp) / ((tp + fn)(fn + tn) + (tp + fp)(fp + tn)), over all ordered pairs of two points, exact."""
    pairs = [(one[i] == one[j], other[i] == other[j]) for i, j in permutations(range(len(one)), 2)]
    tp, fn, fp, tn = (pairs.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False)))
    if not fn and not fp:
        return Fraction(1)
    return Fraction(2 * (tp * tn - fn * fp), (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))


@given(LABELS)
def test_it_is_the_formula_of_pair_confusion(labels):
    assert index(*labels) == float(by_pair_confusion(*labels))


@given(LABELS)
def test_of_the_foreground_alone_the_background_changes_nothing(labels):
    balls, slots = map(np.array, labels)
    seen = balls > 1
    if len(set(balls[seen])) < 2:
        return
    value = fg_ari(slots, np.where(seen, balls, -1))
    assert value == float(by_pair_confusion(balls[seen].tolist(), slots[seen].tolist()))
    assert fg_ari(np.where(seen, slots, slots + 7), np.where(seen, balls, -3)) == value


@given(LABELS, st.permutations(range(5)), st.randoms(use_true_random=False))
def test_names_order_and_shape_change_nothing(labels, names, chance):
    one, other = map(np.array, labels)
    value = adjusted_rand_index(one, other)
    assert adjusted_rand_index(np.array(names)[one] - 7, other) == value
    assert adjusted_rand_index(other, one) == value
    order = chance.sample(range(len(one)), len(one))
    assert adjusted_rand_index(one[order, None], other[order, None]) == value


@given(LABELS)
def test_equal_labels_are_perfect_and_nothing_is_better(labels):
    one, other = labels
    assert index(one, one) == 1.0
    assert index(one, other) <= 1.0


def test_chance_is_zero_on_average():
    rng = np.random.default_rng(0)
    values = [adjusted_rand_index(*rng.integers(4, size=(2, 200))) for _ in range(400)]
    assert abs(np.mean(values)) < 0.002


def test_millions_of_points_are_exact():
    one = np.repeat([0, 1], [3_000_000, 1_000_001])
    assert adjusted_rand_index(one, 1 - one) == 1.0
    assert adjusted_rand_index(one, np.zeros_like(one)) == 0.0


@pytest.mark.parametrize(("one", "other"), [([0, 1], [0]), ([], []), ([[0, 1]], [0, 1])])
def test_labels_of_other_points_are_refused(one, other):
    with pytest.raises(ValueError, match="two labels of each"):
        index(one, other)

"""Guesses at the snitch's cell: by hand, by the published definition, ties, and baselines that mean what they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eval.scenes.snitch import CELLS, DISTANCE, METRICS, by_hidden, last_frame, last_seen, oracle, prior, score_snitch

RNG = np.random.default_rng(0)
GUESSES = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        arrays(np.float32, (n, CELLS), elements=st.integers(-3, 3)), arrays(np.uint8, n, elements=st.integers(0, 35))
    )
)


def values(logits, cell):
    return {name: e.value for name, e in score_snitch(np.asarray(logits), np.asarray(cell)).items()}


def as_cater(logits, cell):
    """CATER's definition: the k best by sorting, and the distance of the best by division with remainder."""
    order = np.argsort(logits, axis=1)[:, ::-1]
    best = order[:, 0]
    l1 = np.abs(best % 6 - cell % 6) + np.abs(best // 6 - cell // 6)
    hits = order == cell[:, None]
    return {"top1": hits[:, :1].sum(1).mean(), "top5": hits[:, :5].sum(1).mean(), "l1": l1.mean()}


def test_it_is_the_published_definition_where_no_cells_are_level():
    logits, cell = RNG.normal(size=(200, CELLS)), RNG.integers(CELLS, size=200)
    logits[np.arange(200), cell] += 2
    assert values(logits, cell) == pytest.approx(as_cater(logits, cell))


def test_values_by_hand():
    logits = np.zeros((1, CELLS))
    logits[0, [7, 8, 9, 10, 11]] = [5, 4, 3, 2, 1]  # row 1, columns 1 to 5
    assert values(logits, [7]) == {"top1": 1, "top5": 1, "l1": 0}
    assert values(logits, [11]) == {"top1": 0, "top5": 1, "l1": 4}
    assert values(logits, [35]) == {"top1": 0, "top5": 0, "l1": 4 + 4}
    assert values(np.concatenate([logits, logits]), [7, 35]) == {"top1": 0.5, "top5": 0.5, "l1": 4}


def test_distances_are_steps_between_cells():
    assert (DISTANCE[0, 35], DISTANCE[0, 5], DISTANCE[5, 6], DISTANCE[14, 14]) == (10, 5, 6, 0)
    np.testing.assert_array_equal(DISTANCE, DISTANCE.T)


def test_who_says_nothing_guesses():
    found = values(np.zeros((3, CELLS)), [0, 14, 35])
    assert found["top1"] == pytest.approx(1 / 36)
    assert found["top5"] == pytest.approx(5 / 36)
    assert found["l1"] == pytest.approx(DISTANCE[[0, 14, 35]].mean())
    # two are level at the top, and six for five places
    logits = np.zeros((1, CELLS))
    logits[0, :2], logits[0, 2:6] = 2, 1
    assert values(logits, [1])["top1"] == 0.5
    assert values(logits, [1])["l1"] == 0.5
    assert values(logits, [5])["top5"] == pytest.approx(3 / 4)


@given(GUESSES)
@settings(max_examples=25)
def test_level_cells_score_the_mean_of_all_ways_to_order_them(guess):
    logits, cell = guess
    chance = np.random.default_rng(0)
    orders = [chance.random(logits.shape) * 0.5 for _ in range(400)]
    many = {name: np.mean([as_cater(logits + o, cell)[name] for o in orders]) for name in METRICS}
    found = values(logits, cell)
    assert found["top1"] == pytest.approx(many["top1"], abs=0.15)
    assert found["top5"] == pytest.approx(many["top5"], abs=0.15)
    assert found["l1"] == pytest.approx(many["l1"], abs=0.7)


@given(GUESSES, st.sampled_from([lambda x: x * 7 - 4, np.exp, lambda x: np.where(x == -3, -np.inf, x)]))
def test_only_the_order_of_the_logits_counts_and_scores_keep_their_bounds(guess, changed):
    logits, cell = guess
    found = values(logits, cell)
    assert values(changed(logits.astype(np.float64)), cell) == pytest.approx(found)
    assert 0 <= found["top1"] <= found["top5"] <= 1
    assert 0 <= found["l1"] <= 10


def test_baselines():
    cell = np.array([[0, 1, 2, 8], [5, 5, 5, 5], [30, 31, 32, 33]])
    visible = np.array([[1, 1, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]], np.uint8)
    seen = last_seen(cell, visible)
    assert seen[:2].argmax(axis=1).tolist() == [1, 5]
    assert (seen[2] == 0).all()
    # from cell 1 the true 8 is two steps away, as three others are, and four cells are nearer: one place in four left
    assert values(seen[:2], cell[:2, -1]) == {"top1": 0.5, "top5": (1 / 4 + 1) / 2, "l1": (2 + 0) / 2}
    assert values(oracle(cell[:, -1]), cell[:, -1]) == {"top1": 1, "top5": 1, "l1": 0}
    assert values(prior(np.array([33, 33, 5]), 3), cell[:, -1])["top1"] == pytest.approx(1 / 3)


def test_the_last_frame_tells_where_the_snitch_may_be():
    place = [(0.2, 0.2, 0.3), (0.2, 0.2, 0.5), (-2.5, 2.5, 0.5), (1.5, 1.5, 2.0), (2.5, 0.5, 0.25), (-0.5, 0.5, 0.75)]
    position = np.array([[*place, (-0.5, 0.5, 0.5), (0.9, 0.9, 0.5)]] * 2)
    size = np.array([[0.3, 0.5, 0.5, 0.5, 0.25, 0.75, 0.5, 0.5]] * 2)
    cone = np.array([[False, True, True, True, True, True, True, False]] * 2)
    found = last_frame(np.array([21, 21]), np.array([1, -1]), position, cone, size)
    # Over the snitch, far away, in the air, too small, a large one over the next, in it, and no cone at all.
    assert np.flatnonzero(found[0]).tolist() == [6 * 3 + 2, 6 * 3 + 3, 6 * 5 + 0]
    assert values(found[:1], [21])["top1"] == pytest.approx(1 / 3)
    assert values(found[1:], [21])["top1"] == 1
    two = np.array([[(0.5, 0.5, 0.5), (0.2, 0.2, 0.5), (0.8, 0.8, 0.5), (-0.5, 0.5, 0.5)]])
    cone, size = np.array([[False, True, True, True]]), np.array([[0.3, 0.5, 0.5, 0.5]])
    guess = last_frame(np.array([21]), np.array([1]), two, cone, size)
    assert values(guess, [21])["top1"] == 1  # two of the three are in one cell
    assert (
        last_frame(np.array([21]), np.array([1]), two, cone, size[:, [1, 1, 1, 1]]) == 0
    ).all()  # none is large enough


def test_scores_by_how_long_it_has_been_hidden():
    hidden = np.array([0, 0, 1, 29, 30, 99, 100, 65000], np.uint16)
    cell = np.arange(8)
    logits = oracle(np.where(hidden < 30, cell, 35 - cell))
    found = by_hidden(logits, cell, hidden)
    assert list(found) == ["0", "1-29", "30-99", "100+"]
    assert [bin_["top1"].n for bin_ in found.values()] == [2, 2, 2, 2]
    assert [bin_["top1"].value for bin_ in found.values()] == [1, 1, 0, 0]
    assert found["0"] == score_snitch(logits[:2], cell[:2])
    few = by_hidden(logits, cell, hidden * 0, bins=(0, 5))
    assert (list(few), few["0-4"]["l1"].n, few["5+"]["l1"].n) == (["0-4", "5+"], 8, 0)


@pytest.mark.parametrize(
    ("logits", "cell", "complaint"),
    [
        (np.zeros((2, 35)), np.zeros(2, int), "36 logits and a cell"),
        (np.zeros((2, 36)), np.zeros(3, int), "36 logits and a cell"),
        (np.zeros((0, 36)), np.zeros(0, int), "36 logits and a cell"),
        (np.zeros((1, 36)), np.array([36]), "give 0 to 35"),
        (np.zeros((1, 36)), np.array([0.0]), "give 0 to 35"),
        (np.full((1, 36), np.nan), np.array([0]), "NaN"),
    ],
)
def test_what_cannot_be_scored_is_refused(logits, cell, complaint):
    with pytest.raises(ValueError, match=complaint):
        score_snitch(logits, cell)


def test_bins_that_are_none_are_refused():
    logits, cell = np.zeros((2, 36)), np.zeros(2, int)
    for bins in ((1, 5), (0, 5, 5), (0, 9, 5), ()):
        with pytest.raises(ValueError, match="rising numbers"):
            by_hidden(logits, cell, cell, bins)
    with pytest.raises(ValueError, match="one for each episode"):
        by_hidden(logits, cell, cell[:1])

"""FG-ARI of slot maps: what counts, what doesn't, and baselines that mean what they say."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.ari import adjusted_rand_index
from eval.slots import BASELINES, METRICS, best_cells, fg_ari, random_cells, regions, score_slots

RNG = np.random.default_rng(0)


class Balls:
    """A source of episodes with these places of the balls: one list (time, ball, xy) each, the first frame included."""

    def __init__(self, *position, radius=2.1, size=8):
        self.position = [np.array(p, np.float32) for p in position]
        self.radius, self.size = radius, size

    def __len__(self):
        return len(self.position)

    def episode(self, index):
        position = self.position[index]
        radius = np.full(position.shape[1], self.radius, np.float32)
        return SimpleNamespace(position=position, radius=radius, target=np.zeros((self.size, self.size), np.uint8))


LEFT, RIGHT = (2, 4), (6, 4)
STILL = [[LEFT, RIGHT]] * 3  # two frames to be predicted
HALVES = np.repeat([[0, 1]], 8, axis=0).repeat(4, axis=1)  # left slot 0, right slot 1


def score(maps, source, slots=2):
    scores = score_slots([np.asarray(m) for m in maps], source, slots)
    return {name: e.value for name, e in scores.metrics.items()}


def test_only_the_pixels_of_balls_count():
    balls = np.array([[0, 0, -1], [1, 1, -1]])
    assert fg_ari(np.array([[5, 5, 0], [2, 2, 9]]), balls) == 1
    assert fg_ari(np.array([[5, 2, 5], [5, 2, 5]]), balls) == -0.5
    assert fg_ari(np.array([[5, 5, 5], [5, 5, 2]]), balls) == 0


@pytest.mark.parametrize("balls", [[-1, -1, -1], [2, 2, -1], [0, -1, -1]])
def test_fewer_than_two_balls_are_not_scored(balls):
    assert np.isnan(fg_ari(np.array([0, 1, 2]), np.array(balls)))


def test_maps_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        fg_ari(np.zeros((2, 3), int), np.zeros((3, 2), int))


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 5)), min_size=1, max_size=40))
def test_it_is_the_index_of_what_is_left(pixels):
    balls, slots = np.array(pixels).T
    seen = [(b, s) for b, s in pixels if b >= 0]
    got = fg_ari(slots, balls)
    if len({b for b, _ in seen}) < 2:
        assert np.isnan(got)
    else:
        assert got == adjusted_rand_index(*np.array(seen).T)
        assert fg_ari(np.where(balls < 0, 99, slots), balls) == got


def test_a_slot_for_each_ball_is_perfect_and_which_slot_does_not_matter():
    for halves in (HALVES, 1 - HALVES, HALVES + 3):
        assert score([[halves, halves]], Balls(STILL), slots=5) == dict.fromkeys(METRICS, 1.0)


def test_slots_that_swap_their_balls_are_right_in_each_frame_but_not_over_the_episode():
    got = score([[HALVES, 1 - HALVES]], Balls(STILL))
    assert got["fg_ari_frame"] == got["fg_ari_target"] == 1
    n = 12  # pixels of a disc of radius 2.1: each slot has n of either ball
    pairs, same = 2 * n * (2 * n - 1), 2 * n * (n - 1)  # ordered pairs in a ball of 2n pixels; of those, in one slot
    expected = (2 * pairs) ** 2 / (4 * n * (4 * n - 1))
    assert got["fg_ari"] == pytest.approx((2 * same - expected) / (2 * pairs - expected), rel=1e-12)


def test_the_frame_after_the_first_is_the_first_that_is_scored():
    """Frame 1 is what a model starts from; the balls stand elsewhere in it."""
    assert score([[HALVES, HALVES]], Balls([[RIGHT, LEFT], *STILL[1:]])) == dict.fromkeys(METRICS, 1.0)
    assert score([[HALVES, HALVES]], Balls([*STILL[:2], [RIGHT, LEFT]]))["fg_ari"] < 0.1


def test_the_ball_on_top_owns_the_pixels_that_two_cover():
    over = [[(4, 4), (5, 4)]] * 2
    y, x = np.mgrid[:8, :8] + 0.5
    second = (x - 5) ** 2 + (y - 4) ** 2 < 2.1**2
    assert score([[second.astype(int)]], Balls(over)) == dict.fromkeys(METRICS, 1.0)
    first = (x - 4) ** 2 + (y - 4) ** 2 < 2.1**2
    assert score([[first.astype(int)]], Balls(over))["fg_ari"] < 0.5


def test_frames_with_one_ball_are_left_out_and_counted_so():
    hidden = [(4, 4), (4, 4)]
    scores = score_slots([np.stack([HALVES, HALVES, HALVES])], Balls([*STILL[:2], hidden, hidden]), 2).metrics
    assert [scores[name].n for name in METRICS] == [1, 1, 0]
    assert scores["fg_ari_frame"].value == 1
    assert np.isnan(scores["fg_ari_target"].value)


def test_episodes_are_averaged_and_have_an_interval():
    source = Balls(STILL, STILL, STILL, STILL)
    right, wrong = np.stack([HALVES] * 2), np.zeros((2, 8, 8), int)
    scores = score_slots([right, wrong, right, right], source, 2)
    for name, n in zip(METRICS, (4, 8, 4), strict=True):
        got = scores.metrics[name]
        assert (got.value, got.n) == (0.75, n)
        assert got.low < 0.75 <= got.high
    assert scores.to_json()["metrics"]["fg_ari"]["value"] == 0.75
    assert scores.to_json()["baselines"].keys() == BASELINES.keys()


def test_baselines_mean_something():
    rng = np.random.default_rng(1)
    start = rng.uniform(6, 26, (60, 1, 3, 2))
    walks = start + rng.uniform(-2, 2, (60, 1, 3, 2)) * np.arange(6)[:, None, None]
    maps = (np.zeros((5, 32, 32), int) for _ in walks)
    scores = score_slots(maps, Balls(*walks, radius=3.5, size=32), 4)
    value = {name: found["fg_ari"].value for name, found in scores.baselines.items()}
    assert value["one_slot"] == scores.metrics["fg_ari"].value == 0
    assert abs(value["random"]) < 0.05
    assert 0.2 < value["regions"] < 0.6
    assert 0.8 < value["best_cells"] < 1


@pytest.mark.parametrize(("slots", "shape"), [(1, (1, 1)), (2, (1, 2)), (3, (1, 3)), (4, (2, 2)), (6, (2, 3))])
def test_regions_are_equal_rectangles(slots, shape):
    got = regions(np.zeros((2, 12, 12), int), slots, RNG)
    assert (np.bincount(got[0].ravel()) == 144 // slots).all()
    assert (len(np.unique(got[0, :, 0])), len(np.unique(got[0, 0]))) == shape
    np.testing.assert_array_equal(got[0], got[1])


def test_cells_are_of_four_pixels_also_where_the_image_ends_in_one():
    balls = np.full((2, 6, 7), -1)
    balls[0, :3, :4] = 2
    balls[0, 3, 0] = 1
    balls[1, 5, 6] = 0
    got = best_cells(balls, 3, RNG)
    assert got.shape == balls.shape
    assert (got[0, :4, :4] == 2).all()
    drawn = random_cells(balls, 50, np.random.default_rng(0))
    assert drawn.shape == balls.shape
    for top in (0, 4):
        for left in (0, 4):
            assert len(np.unique(drawn[0, top : top + 4, left : left + 4])) == 1
    assert len(np.unique(drawn)) > 4
    assert (got[0, 4:] == -1).all()  # nothing is there, so no ball's slot is
    assert (best_cells(np.full((1, 4, 4), -1), 3, RNG) == -1).all()

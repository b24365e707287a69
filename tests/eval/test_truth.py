"""The truth taken from a source."""

from dataclasses import dataclass

import numpy as np
import pytest

from eval.truth import truth_from
from generators.episode import make_episode
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

SPEC = Spec(context_frames=4, world=BouncingWorld(balls=3, size=32, radius=(3.5, 3.5)))
SOURCE = SpecSource(SPEC, "val", 8)


def test_holds_the_episodes_that_were_asked_for_in_their_order():
    truth = truth_from(SOURCE, [5, 0, 2])
    assert len(truth) == 3
    assert truth.index.tolist() == [5, 0, 2]
    assert (truth.rule, truth.classes) == ("earliest", 7)
    for row, i in enumerate([5, 0, 2]):
        episode = make_episode(SPEC, "val", i)
        assert np.array_equal(truth.target[row], episode.target)
        assert np.array_equal(truth.position[row], episode.position[-1])
        assert np.array_equal(truth.radius[row], episode.radius)
        assert np.array_equal(truth.answers[row], episode.answer)
        assert np.array_equal(truth.answer[row], episode.answer[-1])
        assert np.array_equal(truth.blink_ball[row], episode.blink_ball)
        assert np.array_equal(truth.blink_color[row], episode.blink_color)


def test_all_of_them_without_an_index():
    seen = []
    truth = truth_from(SOURCE, progress=lambda done, total: seen.append((done, total)))
    assert truth.index.tolist() == list(range(8))
    assert seen == [(k, 8) for k in range(1, 9)]


def test_the_top_ball_is_what_the_target_shows():
    truth = truth_from(SOURCE)
    assert np.array_equal(truth.top >= 0, truth.target > 0)


def test_take_is_the_truth_of_those_rows():
    truth = truth_from(SOURCE)
    for rows in (slice(2, 5), np.array([3, 3, 0])):
        part = truth.take(rows)
        assert part.index.tolist() == truth.index[rows].tolist()
        assert np.array_equal(part.target, truth.target[rows])
        assert np.array_equal(part.top, truth.top[rows])
        assert part.classes == truth.classes


@pytest.mark.parametrize("index", [[], [8], [-1], [[0]], [0.0], np.array([], int)])
def test_episodes_that_are_not_there(index):
    with pytest.raises(ValueError, match="episode"):
        truth_from(SOURCE, index)


def test_context_frames_are_not_kept():
    @dataclass
    class Huge:
        """A source whose context frames must never be touched."""

        spec = SPEC
        split = "val"

        def __len__(self):
            return 3

        def episode(self, index):
            episode = make_episode(SPEC, "val", index)
            object.__delattr__(episode, "frames")
            return episode

    assert len(truth_from(Huge())) == 3

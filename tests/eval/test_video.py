"""Video prediction: scores and baselines, at values that can be worked out by hand."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pymunk
import pytest

from eval.predictions import PredictionsError
from eval.video import BASELINES, VideoTruth, score_video, score_video_baselines, video_truth
from eval.video.baselines import constant_velocity, copy_last, folded
from generators.palette import palette
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

LONELY = BouncingWorld(balls=2, size=64, radius=(2.0, 2.0), speed=(1.0, 3.0))  # they seldom meet
CROWDED = BouncingWorld(balls=4, size=32, radius=(4.0, 4.0), speed=(1.0, 2.0), mass="random")


def source(world: BouncingWorld, frames: int = 12, count: int = 16) -> SpecSource:
    return SpecSource(Spec(rule="none", colors=0, context_frames=frames - 1, world=world), "test", count)


@pytest.fixture(scope="module")
def truth():
    return video_truth(source(CROWDED), 4)


def test_the_truth_is_what_follows_the_context(truth):
    episode = source(CROWDED).episode(3)
    assert truth.future.shape == (16, 8, 32, 32)
    np.testing.assert_array_equal(truth.last[3], episode.frames[3])
    np.testing.assert_array_equal(truth.future[3], [*episode.frames[4:], episode.target])
    np.testing.assert_array_equal(truth.position[3], episode.position[3])
    np.testing.assert_array_equal(truth.velocity[3], episode.velocity[3])
    assert (truth.context, truth.bounds) == (4, (0, 0, 32, 32))
    some = video_truth(source(CROWDED), 4, [5, 3])
    np.testing.assert_array_equal(some.future, truth.take(np.array([5, 3])).future)


@pytest.mark.parametrize("context", [0, 12])
def test_a_context_that_leaves_nothing_is_refused(context):
    with pytest.raises(ValueError, match=f"the first 1 to 11 can be given, not {context}"):
        video_truth(source(CROWDED), context)
    with pytest.raises(ValueError, match="no episodes"):
        video_truth(source(CROWDED), 4, [])


def test_the_true_frames_have_no_error_and_the_opposite_ones_all(truth):
    perfect, wrong = score_video(truth.future, truth), score_video(1 - truth.future, truth)
    assert (perfect.metrics["mse"].value, wrong.metrics["mse"].value) == (0, 1)
    assert list(perfect.by_frame) == list(range(1, 9))
    assert {e.value for e in perfect.by_frame.values()} == {0}


def test_mse_is_the_share_of_wrong_pixels_frame_by_frame(truth):
    frames = truth.future.copy()
    frames[:, 2, 0, :8] ^= 1  # 8 of 1024 pixels of the third frame, in all episodes
    frames[:4, 5, :16] ^= 1  # half of the sixth, in a quarter of the episodes
    scores = score_video(frames, truth)
    values = [scores.by_frame[t].value for t in range(1, 9)]
    np.testing.assert_allclose(values, [0, 0, 8 / 1024, 0, 0, 1 / 8, 0, 0])
    np.testing.assert_allclose(scores.metrics["mse"].value, (8 / 1024 + 1 / 8) / 8)
    sixth = scores.by_frame[6]
    # Of 16 episodes drawn again, of which a quarter are wrong, 1 to 7 or 8 are: 95 % of Binomial(16, 1/4).
    assert sixth.low == 1 / 16 / 2
    assert sixth.high in (7 / 16 / 2, 8 / 16 / 2)
    assert sixth.n == scores.metrics["mse"].n == 16
    document = scores.to_json()
    assert document["by_frame"]["6"] == sixth.to_json()
    assert document["metrics"].keys() == {"mse"}


def test_mse_is_that_of_the_images_as_one_sees_them(truth):
    """Red, green and blue from 0 to 1, pixel by pixel."""
    wild = np.random.default_rng(0).integers(0, 2, truth.future.shape, dtype=np.uint8)
    scores = score_video(wild, truth)
    colors = [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)]
    for t in (0, 7):
        squares = [
            (mine - true) ** 2
            for ours, theirs in zip(wild[:, t].ravel().tolist(), truth.future[:, t].ravel().tolist(), strict=True)
            for mine, true in zip(colors[ours], colors[theirs], strict=True)
        ]
        np.testing.assert_allclose(scores.by_frame[t + 1].value, sum(squares) / len(squares))


def test_frames_of_another_shape_or_class_are_refused(truth):
    for wrong, says in (
        (truth.future[:, 1:], "have shape"),
        (truth.future + np.uint8(1), "palette classes"),
        (truth.future.astype(np.int64), "palette classes"),
    ):
        with pytest.raises(PredictionsError, match=says) as error:
            score_video(wrong, truth)
        assert "\n" not in str(error.value)


def test_copying_the_last_frame_is_right_about_balls_that_stand_still():
    still = video_truth(source(replace(LONELY, speed=(0.0, 0.0))), 4)
    assert np.array_equal(copy_last(still), still.future)
    assert np.array_equal(constant_velocity(still), still.future)
    moving = video_truth(source(LONELY), 4)
    for i, frames in enumerate(copy_last(moving)):
        for frame in frames:
            np.testing.assert_array_equal(frame, source(LONELY).episode(i).frames[3])


def test_constant_velocity_is_right_until_balls_meet():
    data = source(LONELY, frames=30, count=40)
    truth = video_truth(data, 10)
    drawn = constant_velocity(truth)
    checked = 0
    for i in range(40):
        position = data.episode(i).position[9:].astype(float)
        apart = np.linalg.norm(position[:, 0] - position[:, 1], axis=-1)
        if apart.min() > 2 * 2 + 2 * 3:  # farther than they could have gone to each other between two frames
            checked += 1
            wrong = (drawn[i] != truth.future[i]).sum() / truth.future[i].sum()
            assert wrong < 0.1  # pixels on the rim, after a wall
            assert (drawn[i, 0] != truth.future[i, 0]).sum() <= 4
    assert checked > 20


def test_constant_velocity_is_what_pymunk_does_with_one_ball():
    """Pymunk's own ball between four walls at a thousand substeps a frame, drawn pixel by pixel."""
    radius, start, speed = 3.0, (9.3, 20.7), (2.6, -1.7)
    space, ball = pymunk.Space(), pymunk.Body(1, math.inf)
    space.collision_slop = 0
    for ends in (((-9, -9), (-9, 41)), ((41, -9), (41, 41)), ((-9, -9), (41, -9)), ((-9, 41), (41, 41))):
        wall = pymunk.Segment(space.static_body, *ends, 9)
        wall.elasticity = 1
        space.add(wall)
    ball.position, ball.velocity = start, speed
    disc = pymunk.Circle(ball, radius)
    disc.elasticity = 1
    space.add(ball, disc)
    frames, turns = np.zeros((1, 20, 32, 32), np.uint8), 0
    for frame in frames[0]:
        before = ball.velocity
        for _ in range(1000):
            space.step(1 / 1000)
        turns += (before - ball.velocity).length > 1
        for row, column in product(range(32), range(32)):
            frame[row, column] = math.dist((column + 0.5, row + 0.5), ball.position) < radius
    one = {"position": np.array([[start]], np.float32), "velocity": np.array([[speed]], np.float32)}
    truth = VideoTruth(np.arange(1), frames[:, 0], frames, **one, radius=np.full((1, 1), radius, np.float32),
                       palette=palette(0), bounds=(0, 0, 32, 32), context=1)  # fmt: skip
    wrong = (constant_velocity(truth) != frames).sum((2, 3))[0]
    assert turns >= 3
    assert wrong.max() <= 2  # of the 28 pixels of the ball: pymunk turns it some thousandths of a pixel late
    assert np.median(wrong) == 0


def test_a_way_is_folded_between_the_walls():
    ways = np.array([-1.0, 2.0, 5.0, 7.0, 10.5, 15.0])
    np.testing.assert_allclose(folded(ways, np.array(2.0), np.array(8.0)), [5, 2, 5, 7, 5.5, 3])


def test_baselines_stand_beside_every_rollout(truth):
    scores = score_video_baselines(truth)
    assert list(scores) == list(BASELINES) == ["copy-last", "empty", "constant-velocity"]
    np.testing.assert_allclose(scores["empty"].by_frame[3].value, truth.future[:, 2].mean())  # the share that is white
    moved, straight = scores["copy-last"], scores["constant-velocity"]
    assert straight.by_frame[1].value < moved.by_frame[1].value
    assert 0 < straight.by_frame[1].value < straight.by_frame[8].value  # collisions add up

"""Discs, against a slow copy of the store's definition and against the rasteriser."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.discs import paint, top_ball
from generators.raster import rasterize


def slow_top(position, radius, size):
    top = [[-1] * size for _ in range(size)]
    for i in range(size):
        for j in range(size):
            for ball in range(len(radius)):
                dx, dy = j + 0.5 - float(position[ball][0]), i + 0.5 - float(position[ball][1])
                if dx * dx + dy * dy < float(radius[ball]) ** 2:
                    top[i][j] = ball
    return np.array(top)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), balls=st.integers(1, 5), size=st.integers(4, 14))
def test_equals_the_slow_definition_and_the_rasteriser(seed, balls, size):
    rng = np.random.default_rng(seed)
    position = rng.uniform(-2, size + 2, (1, balls, 2)).astype(np.float32)
    radius = rng.uniform(0.1, size / 2, (1, balls)).astype(np.float32)
    color = rng.integers(1, 7, (1, balls), dtype=np.uint8)
    top = top_ball(position, radius, size, size)
    assert np.array_equal(top[0], slow_top(position[0], radius[0], size))
    assert np.array_equal(paint(top, color), rasterize(position, radius[0], color, size))


def test_a_pixel_on_the_edge_is_outside():
    # Centre on a pixel's centre, radius 1: the four neighbours' centres are exactly 1 away.
    top = top_ball(np.array([[[2.5, 2.5]]], np.float32), np.array([[1.0]], np.float32), 5, 5)
    assert np.argwhere(top[0] == 0).tolist() == [[2, 2]]


def test_the_higher_ball_is_on_top_and_x_is_to_the_right():
    position = np.array([[[1.0, 1.0], [2.0, 1.0]]], np.float32)
    top = top_ball(position, np.array([[0.9, 0.9]], np.float32), 2, 4)
    assert top[0].tolist() == [[0, 1, 1, -1], [0, 1, 1, -1]]
    painted = paint(top, np.array([[5, 3]], np.uint8))
    assert painted.dtype == np.uint8
    assert painted[0].tolist() == [[5, 3, 3, 0], [5, 3, 3, 0]]


def test_paint_keeps_each_episode_to_its_own_colours():
    top = np.array([[[0, -1]], [[-1, 0]]], np.int16)
    assert paint(top, np.array([[4], [6]], np.uint8)).tolist() == [[[4, 0]], [[0, 6]]]

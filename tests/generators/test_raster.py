import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.raster import rasterize


def by_definition(position, radius, color, size) -> np.ndarray:
    """All pixels against all balls at once: is the centre strictly within? The highest ball wins."""
    centre = np.arange(size) + 0.5
    dx = centre[None, None, None, :] - position[:, :, 0].astype(np.float64)[:, :, None, None]
    dy = centre[None, None, :, None] - position[:, :, 1].astype(np.float64)[:, :, None, None]
    inside = dx**2 + dy**2 < radius.astype(np.float64)[None, :, None, None] ** 2
    balls = len(radius)
    top = balls - 1 - np.argmax(inside[:, ::-1], axis=1)
    drawn = np.take_along_axis(color, top.reshape(len(color), -1), axis=1).reshape(top.shape)
    return np.where(inside.any(1), drawn, 0).astype(np.uint8)


# Whole and half numbers put pixel centres exactly on circles; the rest are anything, in the image or out of it.
coordinate = st.one_of(st.integers(-20, 40).map(lambda n: n / 2), st.floats(-30, 50, width=32))
radii = st.one_of(st.integers(1, 20).map(lambda n: n / 2), st.floats(0, 40, width=32))


@st.composite
def scenes(draw):
    times, balls, size = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.integers(1, 24))
    position = np.array(
        [[[draw(coordinate), draw(coordinate)] for _ in range(balls)] for _ in range(times)], dtype=np.float32
    )
    radius = np.array([draw(radii) for _ in range(balls)], dtype=np.float32)
    color = np.array([[draw(st.integers(0, 255)) for _ in range(balls)] for _ in range(times)], dtype=np.uint8)
    return position, radius, color, size


@settings(max_examples=150, deadline=None)
@given(scenes())
def test_every_pixel_is_as_defined(scene):
    np.testing.assert_array_equal(rasterize(*scene), by_definition(*scene))


def one_ball(x, y, r, size=16) -> np.ndarray:
    return rasterize(np.array([[[x, y]]], np.float32), np.array([r], np.float32), np.array([[1]], np.uint8), size)[0]


def test_known_pictures():
    # Radius 1 about a corner of four pixels: their centres are √½ away.
    assert np.argwhere(one_ball(3, 5, 1)).tolist() == [[4, 2], [4, 3], [5, 2], [5, 3]]
    # Radius 1 about the centre of a pixel: its neighbours' centres lie on the circle, so outside.
    assert np.argwhere(one_ball(3.5, 5.5, 1)).tolist() == [[5, 3]]
    # 3-4-5: twelve centres lie exactly on the circle of radius 5 about a pixel's centre.
    on_circle = {(0, 5), (5, 0), (0, -5), (-5, 0)} | {
        (a * i, b * j) for i, j in ((3, 4), (4, 3)) for a in (1, -1) for b in (1, -1)
    }
    assert len(on_circle) == 12
    drawn = {(j - 8, i - 8) for i, j in np.argwhere(one_ball(8.5, 8.5, 5))}
    assert drawn.isdisjoint(on_circle)
    assert drawn == {(x, y) for x in range(-8, 8) for y in range(-8, 8) if x * x + y * y < 25}


def test_the_higher_ball_is_drawn_over():
    position = np.full((1, 3, 2), 4.0, np.float32)
    frame = rasterize(position, np.array([4, 3, 1], np.float32), np.array([[2, 3, 4]], np.uint8), 8)[0]
    assert frame[4, 4] == 4
    assert frame[2, 4] == 3
    assert frame[0, 4] == 2
    assert frame[0, 0] == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38, -3e38])
def test_no_number_breaks_it(bad):
    assert not one_ball(bad, 5, 3).any()
    assert not one_ball(5, bad, 3).any()
    assert one_ball(5, 5, bad).all() == bool(bad > 0)
    assert not one_ball(5, 5, -3).any()


def test_shapes_that_disagree_are_refused():
    position, radius, color = np.zeros((2, 3, 2)), np.ones(3), np.ones((2, 3), np.uint8)
    for scene in ((position, radius, color[:1]), (position, radius[:2], color), (position[:, :2], radius, color)):
        with pytest.raises(ValueError, match="go together"):
            rasterize(*scene, 8)

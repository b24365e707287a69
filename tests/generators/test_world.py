import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.worlds import WORLDS, BouncingWorld
from generators.worlds.physics import bounce

BOX = (0.0, 0.0, 64.0, 64.0)

WRONG = [
    ({"balls": 1}, "balls is 1"),
    ({"balls": 11}, "balls is 11"),
    ({"balls": 2.5}, "balls is 2.5"),
    ({"balls": 4.0}, "whole number"),
    ({"balls": True}, "whole number"),
    ({"balls": "4"}, "whole number"),
    ({"size": 0}, "size"),
    ({"size": 64.0}, "size"),
    ({"size": 100_000}, "size"),
    ({"radius": (1.4, 7)}, "radius"),
    ({"radius": (8, 7)}, "low end"),
    ({"radius": 7}, "2 numbers"),
    ({"radius": (7,)}, "2 numbers"),
    ({"radius": "77"}, "2 numbers"),
    ({"radius": (7, "7")}, "finite"),
    ({"radius": (7, float("nan"))}, "finite"),
    ({"radius": (7, float("inf"))}, "finite"),
    ({"speed": (-1, 2)}, "speed"),
    ({"speed": (2, 1)}, "low end"),
    ({"speed": (2, 65)}, "speed"),
    ({"speed": (float("nan"), 1)}, "finite"),
    ({"mass": "heavy"}, "equal, random"),
    ({"mass": None}, "equal, random"),
    ({"name": "other"}, "bouncing"),
    ({"window": (0, 0, 64)}, "4 numbers"),
    ({"window": (0, 0, 65, 64)}, "rectangle"),
    ({"window": (-1, 0, 64, 64)}, "rectangle"),
    ({"window": (40, 0, 20, 64)}, "rectangle"),
    ({"window": (0, 0, 64, 14)}, "too narrow"),
    ({"balls": 10, "radius": (20, 20)}, "don't fit"),
    ({"balls": 10, "radius": (9, 9)}, "don't fit"),
    ({"balls": 10, "radius": (2, 25)}, "don't fit"),
    ({"radius": (40, 40)}, "too narrow"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG, ids=str)
def test_what_is_wrong_is_said_in_one_line(fields, says):
    with pytest.raises(ValueError, match=says) as error:
        BouncingWorld(**fields)
    assert "\n" not in str(error.value)


def test_equal_worlds_have_equal_fields_of_pythons_own_types():
    world = BouncingWorld(np.int64(4), np.int32(64), [7, 7], (np.float32(2), 4), window=[0, 0, 64, 32])
    assert world == BouncingWorld(4, 64, (7.0, 7.0), (2.0, 4.0), window=(0.0, 0.0, 64.0, 32.0))
    assert repr(world) == repr(BouncingWorld(4, 64, (7.0, 7.0), (2.0, 4.0), window=(0.0, 0.0, 64.0, 32.0)))
    assert repr(BouncingWorld(speed=(-0.0, 1))) == repr(BouncingWorld(speed=(0, 1)))


def test_the_table_names_its_worlds():
    assert {name: world().name for name, world in WORLDS.items()} == {name: name for name in WORLDS}


@st.composite
def worlds(draw) -> BouncingWorld:
    """Any world that its own checks let through."""
    size = draw(st.integers(12, 80))
    low = draw(st.floats(1.5, 8))
    radius = (low, low + draw(st.sampled_from([0, 0, 1, 5])))
    high = draw(st.floats(0, 12))
    corner = draw(st.sampled_from([None, (0, 2, size, 2 + 2 * radius[1] + 1), (1, 0, 2 * radius[1] + 4, size)]))
    try:
        return BouncingWorld(
            balls=draw(st.integers(2, 10)),
            size=size,
            radius=radius,
            speed=(high * draw(st.floats(0, 1)), high),
            mass=draw(st.sampled_from(["equal", "random"])),
            window=corner,
        )
    except ValueError:
        return BouncingWorld()


def depths(tracks, bounds) -> tuple[float, float]:
    """The deepest that any ball ever was in a wall, and in another ball, as shares of the (smaller) radius."""
    position, radius = tracks.position.astype(float), tracks.radius.astype(float)
    left, top, right, bottom = bounds
    x, y = position[..., 0], position[..., 1]
    wall = max(
        (sunk / radius).max() for sunk in (left - x + radius, top - y + radius, x + radius - right, y + radius - bottom)
    )
    ball = -np.inf
    for a, b in itertools.combinations(range(len(radius)), 2):
        overlap = radius[a] + radius[b] - np.linalg.norm(position[:, a] - position[:, b], axis=1)
        ball = max(ball, overlap.max() / min(radius[a], radius[b]))
    return wall, ball


def energy(tracks) -> np.ndarray:
    return (tracks.mass * np.square(tracks.velocity.astype(float)).sum(2)).sum(1) / 2


def assert_sound(world: BouncingWorld, frames: int, seed: int) -> None:
    tracks = world.simulate(frames, np.random.default_rng(seed))
    assert np.isfinite(tracks.position).all()
    wall, ball = depths(tracks, world.bounds)
    assert wall < 0.25
    assert ball < 0.25
    e = energy(tracks)
    assert np.abs(e - e[0]).max() <= 0.01 * e[0]


GRID = [
    BouncingWorld(),
    BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1, 2)),
    BouncingWorld(balls=2, radius=(1.5, 12), speed=(20, 20), mass="random"),
    BouncingWorld(balls=10, radius=(7, 7), speed=(3, 3)),
    BouncingWorld(balls=10, radius=(1.5, 8), speed=(0, 3), mass="random"),
    BouncingWorld(balls=10, size=32, radius=(1.5, 1.5), speed=(4, 4), mass="random"),
    BouncingWorld(balls=10, size=32, radius=(1.5, 5), speed=(1, 5), mass="random"),
    BouncingWorld(balls=5, radius=(3, 3), speed=(2, 4), mass="random", window=(0, 20, 64, 27)),
    BouncingWorld(balls=5, size=110, radius=(2, 4), speed=(2, 4), mass="random", window=(3, 0, 12, 110)),
    BouncingWorld(balls=2, size=30, radius=(5.6, 9.4), speed=(0, 4), mass="random"),
    BouncingWorld(balls=2, size=16, radius=(3, 3), speed=(16, 16)),
]


@pytest.mark.parametrize("world", GRID, ids=range(len(GRID)))
def test_nothing_leaks_or_sinks_and_energy_holds(world):
    assert_sound(world, frames=2000, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("world", [GRID[k] for k in (0, 3, 7)], ids=(0, 3, 7))
def test_over_100_000_frames(world):
    assert_sound(world, frames=100_000, seed=2)


@settings(max_examples=40, deadline=None)
@given(worlds(), st.integers(0, 2**32))
def test_any_world_is_sound(world, seed):
    assert_sound(world, frames=150, seed=seed)


@settings(max_examples=60, deadline=None)
@given(worlds(), st.integers(0, 2**32))
def test_starts_are_as_asked(world, seed):
    tracks = world.simulate(1, np.random.default_rng(seed))
    wall, ball = depths(tracks, world.bounds)
    assert wall <= 1e-5
    assert ball <= 1e-5
    speed = np.linalg.norm(tracks.velocity[0].astype(float), axis=1)
    assert (speed >= world.speed[0] - 1e-4).all()
    assert (speed <= world.speed[1] + 1e-4).all()
    assert (tracks.radius >= np.float32(world.radius[0])).all()
    assert (tracks.radius <= np.float32(world.radius[1])).all()
    if world.mass == "equal":
        assert (tracks.mass == 1).all()
    else:
        assert ((tracks.mass > 0.333) & (tracks.mass < 3.001)).all()
        assert len(set(tracks.mass.tolist())) == world.balls


def test_starts_fill_the_room():
    """Positions, directions and radii are uniform: coarse histograms over many starts (χ², 7 degrees, p = 1e-4)."""
    world = BouncingWorld(balls=2, size=100, radius=(2, 3), speed=(1, 2))
    starts = [world.simulate(1, np.random.default_rng(k)) for k in range(2000)]
    position = np.concatenate([s.position[0] for s in starts])
    velocity = np.concatenate([s.velocity[0] for s in starts])
    radius = np.concatenate([s.radius for s in starts])
    for values, low, high in (
        (position[:, 0], radius, 100 - radius),
        (position[:, 1], radius, 100 - radius),
        (np.arctan2(velocity[:, 1], velocity[:, 0]), -np.pi, np.pi),
        (np.linalg.norm(velocity, axis=1), 1, 2),
        (radius, 2, 3),
    ):
        counts = np.bincount(np.clip((values - low) / (high - low) * 8, 0, 7.999).astype(int), minlength=8)
        expected = len(values) / 8
        assert ((counts - expected) ** 2 / expected).sum() < 29.9


@pytest.mark.parametrize("world", [GRID[0], GRID[4]], ids=("equal", "random"))
def test_fewer_frames_are_the_beginning_of_more(world):
    long, short = (world.simulate(n, np.random.default_rng(3)) for n in (60, 17))
    for name in ("position", "velocity"):
        np.testing.assert_array_equal(getattr(long, name)[:17], getattr(short, name))
    again = world.simulate(60, np.random.default_rng(3))
    np.testing.assert_array_equal(long.position, again.position)
    other = world.simulate(60, np.random.default_rng(4))
    assert not np.array_equal(long.position, other.position)


def test_the_same_generator_state_after_any_number_of_frames():
    """So that the draws after the world's (the blinks) don't depend on the number of frames."""
    first, second = np.random.default_rng(5), np.random.default_rng(5)
    GRID[4].simulate(3, first)
    GRID[4].simulate(30, second)
    assert first.integers(2**60) == second.integers(2**60)


def test_masses_leave_the_starts_alone():
    equal = GRID[0].simulate(1, np.random.default_rng(6))
    other = replace(GRID[0], mass="random").simulate(1, np.random.default_rng(6))
    np.testing.assert_array_equal(equal.position, other.position)
    np.testing.assert_array_equal(equal.velocity, other.velocity)


def test_velocity_is_pixels_per_frame():
    """Where no ball changed its velocity it moved by just that, and that is so in many frames."""
    tracks = GRID[0].simulate(500, np.random.default_rng(7))
    free = np.abs(np.diff(tracks.velocity, axis=0)).max(2) < 1e-6
    moved = np.diff(tracks.position, axis=0)
    # Contacts push balls out of each other by a fraction of a pixel in the frames after; leave those out.
    near = np.abs(moved - tracks.velocity[:-1]).max(2) < 1e-4
    assert free.mean() > 0.5
    assert near[free].mean() > 0.9


def test_a_still_world_stays():
    tracks = BouncingWorld(speed=(0, 0)).simulate(50, np.random.default_rng(8))
    np.testing.assert_array_equal(tracks.position, np.broadcast_to(tracks.position[0], tracks.position.shape))
    assert not tracks.velocity.any()


@pytest.mark.parametrize(("m1", "m2"), [(1, 1), (1, 3), (3, 0.5)])
def test_a_head_on_hit_is_elastic(m1, m2):
    v1, v2 = 3.0, -1.0
    position = np.array([[20.0, 30.0], [40.0, 30.0]])
    velocity = np.array([[v1, 0.0], [v2, 0.0]])
    _, after = bounce(position, velocity, np.array([4.0, 5.0]), np.array([m1, m2], float), BOX, 5)
    first = ((m1 - m2) * v1 + 2 * m2 * v2) / (m1 + m2)  # the school's formula
    second = ((m2 - m1) * v2 + 2 * m1 * v1) / (m1 + m2)
    np.testing.assert_allclose(after[-1], [[first, 0], [second, 0]], atol=1e-5)


def test_a_slanting_hit_exchanges_the_part_along_the_line_of_centres():
    position = np.array([[20.0, 20.0], [30.0, 30.0]])
    velocity = np.array([[2.0, 0.0], [0.0, 0.0]])
    _, after = bounce(position, velocity, np.array([7.0, 7.0]), np.ones(2), BOX, 12)
    tracks, _ = bounce(position, velocity, np.array([7.0, 7.0]), np.ones(2), BOX, 12)
    hit = np.flatnonzero(np.abs(after[:, 1]).max(1) > 1e-9)[0]
    along = after[hit, 1] / np.linalg.norm(after[hit, 1])
    line = tracks[hit - 1, 1] - tracks[hit - 1, 0]
    assert along @ line / np.linalg.norm(line) > 0.9  # pushed away along the line of centres
    np.testing.assert_allclose(after[hit].sum(0), velocity.sum(0), atol=1e-5)  # momentum
    np.testing.assert_allclose(after[hit, 0] @ after[hit, 1], 0, atol=1e-5)  # equal masses part at a right angle


@pytest.mark.parametrize(
    ("velocity", "after"), [((-3, 1), (3, 1)), ((3, 1), (-3, 1)), ((1, -3), (1, 3)), ((1, 3), (1, -3))]
)
def test_walls_mirror(velocity, after):
    position = np.array([[32.0, 32.0], [5.0, 59.0]])
    moving = np.array([velocity, (0.0, 0.0)], float)
    _, v = bounce(position, moving, np.array([4.0, 4.0]), np.ones(2), BOX, 14)
    np.testing.assert_allclose(v[-1, 0], after, atol=1e-6)


def test_the_measure_of_depth_can_fail():
    tracks = GRID[0].simulate(3, np.random.default_rng(9))
    sunk = tracks.position.copy()
    sunk[1, 0, 0] = 3.0
    assert depths(replace(tracks, position=sunk), BOX)[0] > 0.25
    sunk = tracks.position.copy()
    sunk[2, 1] = sunk[2, 0] + 6
    assert depths(replace(tracks, position=sunk), BOX)[1] > 0.25


@pytest.mark.parametrize("frames", [0, -1, 2.0, True])
def test_frames_are_a_whole_number(frames):
    with pytest.raises(ValueError, match="frames"):
        GRID[0].simulate(frames, np.random.default_rng(0))

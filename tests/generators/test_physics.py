"""The compiled way to play a scene against pymunk's own objects."""

import os
import platform
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.worlds import compiled, physics, plain
from generators.worlds.physics import played, scene_of
from generators.worlds.scene import Scene, kinetic_energy

needs_functions = pytest.mark.skipif(compiled.functions() is None, reason="pymunk's functions can't be called here")
BOX = (0.0, 0.0, 64.0, 64.0)


def scene(balls: int, seed: int, speed: float = 4.0, box=BOX, masses: float = 3.0) -> Scene:
    """Balls in a grid's cells, so close that they hit each other at once, of all radii and masses."""
    rng = np.random.default_rng(seed)
    cells = rng.permutation(16)[:balls]
    side = (box[2] - box[0]) / 4
    return scene_of(
        position=np.stack([cells % 4, cells // 4], axis=1) * side + side / 2 + box[:2],
        velocity=rng.normal(0, speed, (balls, 2)),
        radius=rng.uniform(side / 8, side / 2, balls),
        mass=np.exp(rng.uniform(-np.log(masses), np.log(masses), balls)),
        bounds=box,
    )


def assert_same_bits(one: Scene, frames: int) -> None:
    fast, slow = played(compiled.play, one, frames), played(plain.play, one, frames)
    for a, b in zip(fast, slow, strict=True):
        assert a.dtype == b.dtype == np.float32
        assert a.tobytes() == b.tobytes()


@needs_functions
@settings(max_examples=60, deadline=None)
@given(
    balls=st.integers(2, 10),
    seed=st.integers(0, 2**32),
    speed=st.sampled_from([0.0, 0.01, 1.0, 4.0, 30.0]),
    box=st.sampled_from([BOX, (1.5, 3.25, 33.5, 35.25), (100.0, 0.0, 300.0, 200.0)]),
    masses=st.sampled_from([1.0, 3.0]),
    frames=st.integers(1, 60),
)
def test_both_ways_give_the_same_bits(balls, seed, speed, box, masses, frames):
    assert_same_bits(scene(balls, seed, speed, box, masses), frames)


@needs_functions
@pytest.mark.slow
@pytest.mark.parametrize("balls", [3, 8])
def test_both_ways_give_the_same_bits_over_100_000_frames(balls):
    assert_same_bits(scene(balls, seed=1, speed=1.0), 100_000)


@needs_functions
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is counted where Linux does")
def test_all_memory_is_given_back():
    one = scene(10, seed=2)

    def resident(scenes: int) -> int:
        for _ in range(scenes):
            played(compiled.play, one, 3)
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = resident(500)
    assert resident(5000) - before < 2**20  # a leak of 200 bytes a scene; one body has 300


@needs_functions
def test_the_compiled_way_is_taken_where_it_works():
    assert physics.fastest.__wrapped__() is compiled.play


def test_another_pymunk_is_played_plainly(monkeypatch):
    """Wherever a function isn't declared as expected, is missing, or a point may be passed in another way."""
    for patch in (
        lambda m: m.setitem(compiled.DECLARED, "cpSpaceStep", "void(*)(struct cpSpace *, float)"),
        lambda m: m.setitem(compiled.DECLARED, "cpSpaceLeap", "void(*)(struct cpSpace *, double)"),
        lambda m: m.setitem(sys.modules, "pymunk._chipmunk_cffi", None),
        lambda m: m.setattr(platform, "system", lambda: "Windows"),
        lambda m: m.setattr(platform, "machine", lambda: "riscv64"),
    ):
        with monkeypatch.context() as m:
            patch(m)
            assert compiled.functions.__wrapped__() is None
    monkeypatch.setattr(compiled, "functions", lambda: None)
    assert physics.fastest.__wrapped__() is plain.play


def test_a_compiled_way_with_other_bits_is_not_taken(monkeypatch):
    def near(one, positions, velocities):
        plain.play(one, positions, velocities)
        velocities[-1, 0, 0] = np.nextafter(velocities[-1, 0, 0], np.float32(9))

    monkeypatch.setattr(compiled, "functions", lambda: np.zeros(1))
    monkeypatch.setattr(compiled, "play", near)
    assert physics.fastest.__wrapped__() is plain.play


def test_energy_is_added_from_left_to_right():
    """As every Python before 3.12 did; a compensated sum would give 5e15 + 1."""
    assert kinetic_energy([1.0, 1.0, 1.0], [(1e8, 0.0), (1.0, 0.0), (0.0, 1.0)]) == 5e15

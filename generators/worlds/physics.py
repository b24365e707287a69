"""Elastic, frictionless discs in a box, by pymunk.

Three things keep the balls in and the energy constant, at any number of frames:
- walls of solid thickness, so that nothing can pass through;
- substeps so short that nothing that the energy allows moves further than `STRIDE` of the smallest
  radius into anything in one of them;
- the velocities are scaled to the first kinetic energy after every frame. The solver alone loses it
  where a light ball is squeezed between heavy ones (up to half within 20,000 frames, measured).

There are two ways to play a scene, `plain` and `compiled`, with the same bits; here the faster that works is chosen.
"""

import gc
import math
from collections.abc import Callable
from functools import cache

import numpy as np

from generators.worlds.scene import Scene, kinetic_energy

WALL = 1000.0  # pixels of solid wall
STRIDE = 1 / 6  # of the smallest radius, per substep; a quarter is the deepest that anything may be
ITERATIONS = 30  # of the contact solver; with the default 10, simultaneous contacts lose energy
SLOP = 0.01  # pixels of overlap left alone

Bounds = tuple[float, float, float, float]
Play = Callable[[Scene, np.ndarray, np.ndarray], None]


def bounce(
    position: np.ndarray, velocity: np.ndarray, radius: np.ndarray, mass: np.ndarray, bounds: Bounds, frames: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities in every frame, the first being those given: float32 (time, ball, 2) each.

    position, velocity: float64 (ball, 2); pixels, pixels per frame. radius, mass: float64 (ball,).
    bounds: the box (left, top, right, bottom).
    """
    return played(fastest(), scene_of(position, velocity, radius, mass, bounds), frames)


def played(play: Play, scene: Scene, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """What `bounce` gives, the scene played by `play`."""
    positions = np.empty((frames, len(scene.radius), 2), np.float32)
    velocities = np.empty_like(positions)
    positions[0], velocities[0] = scene.position, scene.velocity
    play(scene, positions, velocities)
    return positions, velocities


def scene_of(position: np.ndarray, velocity: np.ndarray, radius: np.ndarray, mass: np.ndarray, bounds: Bounds) -> Scene:
    """The scene of balls in a box, as for `bounce`."""
    left, top, right, bottom = bounds
    half = WALL / 2
    walls = np.array(
        (
            (left - half, top - WALL, left - half, bottom + WALL, half),
            (right + half, top - WALL, right + half, bottom + WALL, half),
            (left - WALL, top - half, right + WALL, top - half, half),
            (left - WALL, bottom + half, right + WALL, bottom + half, half),
        )
    )
    position, velocity = np.ascontiguousarray(position), np.ascontiguousarray(velocity)
    energy = kinetic_energy(mass.tolist(), velocity.tolist())
    substeps = _substeps(energy, mass.tolist(), min(radius.tolist()))
    return Scene(position, velocity, radius, mass, walls, energy, substeps, ITERATIONS, SLOP)


def _substeps(energy: float, mass: list[float], radius: float) -> int:
    """So many that even the two lightest balls, with all the energy between them, meet slowly enough."""
    lightest, second = sorted(mass)[:2]
    closing = math.sqrt(2 * energy * (1 / lightest + 1 / second))
    return max(1, math.ceil(closing / (STRIDE * radius)))


@cache
def fastest() -> Play:
    """The compiled way where it works and gives the bits of the plain one in a trial; else the plain one."""
    from generators.worlds import compiled, plain

    if compiled.functions() is None:
        return plain.play
    trial = scene_of(
        position=np.array([[9.0, 9.0], [25.0, 12.0], [14.0, 27.0]]),
        velocity=np.array([[3.0, 1.0], [-2.0, 0.5], [0.1, -4.0]]),
        radius=np.array([5.0, 4.0, 6.0]),
        mass=np.array([1.0, 0.5, 3.0]),
        bounds=(1.0, 0.0, 35.0, 36.0),
    )
    # The trial's pymunk objects refer to each other in circles, and let go of Python's lock when they are deleted. If
    # that came by chance, while a thread lists all threads as Dask's profiler does, Python 3.11 could stand still for
    # ever (seen; github.com/python/cpython/issues/106883). So they go here.
    enabled = gc.isenabled()
    gc.disable()
    try:
        one, other = played(compiled.play, trial, 60), played(plain.play, trial, 60)
        return compiled.play if np.array_equal(one, other) else plain.play
    finally:
        gc.collect()
        if enabled:
            gc.enable()

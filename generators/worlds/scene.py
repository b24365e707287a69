"""What bounces, in what, and how it is solved."""

from typing import NamedTuple

import numpy as np


class Scene(NamedTuple):
    """The start of a simulation; all float64.

    position, velocity: (ball, 2), pixels, pixels per frame.   radius, mass: (ball,).
    walls:      (wall, 5): x and y of one end of a solid bar, of the other, and half its thickness, pixels.
    energy:     the balls' kinetic energy, to which the velocities are scaled after every frame.
    substeps:   of a frame.
    iterations, slop: of the contact solver; slop in pixels.
    """

    position: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    mass: np.ndarray
    walls: np.ndarray
    energy: float
    substeps: int
    iterations: int
    slop: float


def kinetic_energy(mass: list[float], velocity: list) -> float:
    """Added from left to right: `sum` does it otherwise from Python 3.12 on, and the bits must not depend on that."""
    total = 0.0
    for m, (x, y) in zip(mass, velocity, strict=True):
        total += m * (x * x + y * y)
    return total / 2

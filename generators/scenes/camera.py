"""The camera: where it stands, what it looks at, and how wide."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from generators.fields import numbers

FOVY = math.degrees(2 * math.atan(16 / 35))  # MOVi's: a lens of 35 mm before a sensor of 32 mm
FAR = 200.0  # metres: nothing further is drawn


@dataclass(frozen=True)
class Camera:
    """A pinhole camera that never moves and stands upright; pictures are square.

    position: metres, z up; at least 0.5 above the floor.   target: the point in the middle of the picture.
    fovy:     the angle between the picture's upper and lower edge, degrees; from 10 to 120.
    Raises ValueError when a field is wrong or it looks straight down.
    """

    position: tuple[float, float, float] = (8.0, -6.0, 5.8)
    target: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fovy: float = FOVY

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        position, target = numbers("camera.position", self.position, 3), numbers("camera.target", self.target, 3)
        (fovy,) = numbers("camera.fovy", (self.fovy,), 1)
        for name, value in (("position", position), ("target", target), ("fovy", fovy)):
            object.__setattr__(self, name, value)
        if not 10 <= fovy <= 120:
            raise ValueError(f"camera.fovy is {fovy:g}; it must be from 10 to 120 degrees")
        if not 0.5 <= position[2] <= FAR / 2:
            raise ValueError(f"camera.position is {position}; its height must be from 0.5 to {FAR / 2:g} metres")
        if math.dist(position[:2], target[:2]) < 0.1:
            raise ValueError("the camera looks straight down; move camera.position or camera.target aside")

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Unit vectors in the world that point right, up and forward in the picture."""
        forward = np.subtract(self.target, self.position)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right /= np.linalg.norm(right)
        return right, np.cross(right, forward), forward

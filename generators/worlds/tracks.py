"""What a world yields."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tracks:
    """Where every ball is in every frame, the target included.

    position: float32 (time_all, ball, 2), centres in pixels, x right, y down.
    velocity: float32 (time_all, ball, 2), pixels per frame.
    radius:   float32 (ball,), pixels.   mass: float32 (ball,).
    """

    position: np.ndarray
    velocity: np.ndarray
    radius: np.ndarray
    mass: np.ndarray

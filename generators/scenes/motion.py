"""What a world of scenes yields."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Motion:
    """All of an episode but its pictures.

    position, velocity, angular_velocity: float32 (time, object, xyz), metres, m/s, rad/s, in the world's frame, z up.
    quaternion: float32 (time, object, wxyz).
    contact:    uint8 (time, object, other), 1 where two touched since the frame before; symmetric, floor left out.
    shape, color, material: uint8 (object,), indices into the world's names.   size: float32 (object,), metres.
    floor, sky: uint8 (rgb,), the colours of the background.
    """

    position: np.ndarray
    velocity: np.ndarray
    quaternion: np.ndarray
    angular_velocity: np.ndarray
    contact: np.ndarray
    shape: np.ndarray
    color: np.ndarray
    material: np.ndarray
    size: np.ndarray
    floor: np.ndarray
    sky: np.ndarray


@dataclass(frozen=True)
class SnitchMotion(Motion):
    """With what befalls the snitch, object 0.

    covered_by: int16 (time,), the outermost object over it, −1 for none.
    carried:    uint8 (time,), 1 where it came here from the frame before under what covers it.
    """

    covered_by: np.ndarray
    carried: np.ndarray

"""Episodes of scenes: the arrays of one, and the pure functions that make it."""

from dataclasses import dataclass

import numpy as np

from generators.fields import choice, whole_number
from generators.scenes.motion import Motion, SnitchMotion
from generators.scenes.render import render
from generators.scenes.spec import SceneSpec
from generators.spec import SPLITS

SCENES = 10_000  # stands first in the spawn keys of scenes; balls have their split or a small number there
PER_FRAME = ("position", "velocity", "quaternion", "angular_velocity")
NAMED = ("shape", "color", "material")
GRID = 6  # cells a side, each of a metre
NO_OBJECT = 255  # the shape, color and material of a row that holds none


@dataclass(frozen=True)
class Scene:
    """One episode; the fields are the arrays of a store without their episode axis.

    rgb:          uint8 (time, y, x, rgb).
    segmentation: uint8 (time, y, x), 0 background, k + 1 object k.
    depth:        float32 (time, y, x), metres from the camera along its axis; `camera.FAR` where nothing is.
    position, velocity, angular_velocity: float32 (time, object, xyz), metres, m/s, rad/s, world frame, z up.
    quaternion:   float32 (time, object, wxyz).
    visibility:   uint16 (time, object), pixels of it that are seen.
    contact:      uint8 (time, object, other), 1 where two objects touched since the frame before.
    shape, color, material: uint8 (object,), indices into the world's names, 255 for no object.
    size:         float32 (object,), metres.
    object is `spec.world.most` long; the rows beyond an episode's objects are 0 but where 255 is said.
    """

    rgb: np.ndarray
    segmentation: np.ndarray
    depth: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    quaternion: np.ndarray
    angular_velocity: np.ndarray
    visibility: np.ndarray
    contact: np.ndarray
    shape: np.ndarray
    color: np.ndarray
    material: np.ndarray
    size: np.ndarray


@dataclass(frozen=True)
class SnitchScene(Scene):
    """One of world `snitch`, with what befalls the snitch, object 0.

    cell:           uint8 (time,), its cell of the 6×6 grid of 1 m cells around the middle: 6 · row (y) + column (x).
    snitch_visible: uint8 (time,), 1 where a pixel of it is seen.
    covered_by:     int16 (time,), the outermost object over it, −1 for none.
    carried:        uint8 (time,), 1 where it came here from the frame before under what covers it.
    hidden_frames:  uint16 (), frames since it was last seen, at the end; all of them where it never was.
    """

    cell: np.ndarray
    snitch_visible: np.ndarray
    covered_by: np.ndarray
    carried: np.ndarray
    hidden_frames: np.ndarray


def make_motion(spec: SceneSpec, split: str, index: int) -> Motion:
    """All of episode `index` of a split but its pictures: needs no GL, and is otherwise as `make_scene`."""
    choice("split", split, tuple(SPLITS))
    index = whole_number("episode", index, 0)
    stream = np.random.SeedSequence(spec.seed, spawn_key=(SCENES, SPLITS[split], index))
    return spec.world.simulate(spec.frames, np.random.default_rng(stream))


def make_scene(spec: SceneSpec, split: str, index: int) -> Scene:
    """Episode `index` of a split: the same bits whoever makes it, in whatever order, on one platform.

    Raises ValueError for an unknown split, a negative index, and where there is no GL.
    """
    motion, world = make_motion(spec, split, index), spec.world
    rgb, segmentation, depth = render(motion, world.shapes, world.colors, world.materials, world.camera, world.size)
    count = len(motion.shape)
    seen = (segmentation[..., None] == np.arange(1, count + 1)).sum(axis=(1, 2))
    visibility = np.minimum(seen, 2**16 - 1).astype(np.uint16)
    arrays = {
        "rgb": rgb,
        "segmentation": segmentation,
        "depth": depth,
        "visibility": _rows(visibility, world.most, 1),
        "contact": _rows(_rows(motion.contact, world.most, 1), world.most, 2),
        "size": _rows(motion.size, world.most, 0),
    }
    arrays |= {name: _rows(getattr(motion, name), world.most, 1) for name in PER_FRAME}
    arrays |= {name: _rows(getattr(motion, name), world.most, 0, NO_OBJECT) for name in NAMED}
    if isinstance(motion, SnitchMotion):
        return SnitchScene(**arrays, **_of_snitch(motion, visibility[:, 0]))
    return Scene(**arrays)


def _of_snitch(motion: SnitchMotion, visibility: np.ndarray) -> dict[str, np.ndarray]:
    seen = visibility > 0
    # Places are less than 3 m from the middle, but float32 may round one up to it.
    column, row = np.clip(np.floor(motion.position[:, 0, :2]) + GRID // 2, 0, GRID - 1).T
    return {
        "cell": (GRID * row + column).astype(np.uint8),
        "snitch_visible": seen.astype(np.uint8),
        "covered_by": motion.covered_by,
        "carried": motion.carried,
        "hidden_frames": np.array(np.argmax(seen[::-1]) if seen.any() else len(seen), np.uint16),
    }


def _rows(array: np.ndarray, most: int, axis: int, fill: int = 0) -> np.ndarray:
    """The array with its axis of objects made `most` long."""
    more = [(0, most - n if k == axis else 0) for k, n in enumerate(array.shape)]
    return np.pad(array, more, constant_values=fill)

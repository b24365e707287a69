"""Rigid bodies that fall, roll and knock each other about, by MuJoCo. Draws nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from generators.scenes.camera import Camera
from generators.scenes.loading import load
from generators.scenes.mjcf import mjcf

SUBSTEPS_A_SECOND = 1920  # so that what falls from five metres sinks in no deeper than a few centimetres


def play(
    bodies: Sequence[tuple[str, float, str]],
    position: np.ndarray,
    quaternion: np.ndarray,
    velocity: np.ndarray,
    frames: int,
    fps: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Position, velocity, quaternion, angular velocity and contact as in `Motion`: the same bits on one platform.

    bodies: (shape, size, material) of each.   position, velocity: (object, xyz), quaternion: (object, wxyz), unit: the
    first frame's; nothing turns at first.   fps: frames a second, a divisor of `SUBSTEPS_A_SECOND`.
    """
    mujoco = load()
    substeps = SUBSTEPS_A_SECOND // fps
    look = {"camera": Camera(), "pixels": 16, "floor": (0, 0, 0), "sky": (0, 0, 0)}
    objects = [(shape, size, (0, 0, 0), material) for shape, size, material in bodies]
    model: Any = mujoco.MjModel.from_xml_string(mjcf(objects, timestep=1 / (fps * substeps), **look))
    data: Any = mujoco.MjData(model)
    pose, speed = data.qpos.reshape(-1, 7), data.qvel.reshape(-1, 6)  # views: of a free joint each, in order
    pose[:, :3], pose[:, 3:], speed[:, :3] = position, quaternion, velocity
    count = len(objects)
    poses, speeds = np.empty((frames, count, 7), np.float32), np.empty((frames, count, 6), np.float32)
    touched = np.zeros((frames, count + 1, count + 1), np.uint8)
    mujoco.mj_forward(model, data)
    for t in range(frames):
        for _ in range(substeps if t else 0):
            mujoco.mj_step(model, data)
            if data.ncon:
                one, other = data.contact.geom[: data.ncon].T
                touched[t, one, other] = touched[t, other, one] = 1
        poses[t] = pose
        turn = np.empty(9)
        for k in range(count):  # MuJoCo has angular velocities in the body's own frame
            mujoco.mju_quat2Mat(turn, pose[k, 3:])
            speeds[t, k, :3], speeds[t, k, 3:] = speed[k, :3], turn.reshape(3, 3) @ speed[k, 3:]
    return poses[..., :3], speeds[..., :3], poses[..., 3:], speeds[..., 3:], touched[:, 1:, 1:]

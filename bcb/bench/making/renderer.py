"""The yardstick of `bcb bench generate --scenes`: our scenes, drawn by MuJoCo's own `Renderer` as its users do it."""

import os
from typing import Any

import numpy as np

from generators.scenes.loading import load
from generators.scenes.looks import COLORS
from generators.scenes.mjcf import mjcf
from generators.scenes.motion import Motion
from generators.scenes.spec import SceneSpec


def draw(spec: SceneSpec, motion: Motion, *, everything: bool) -> tuple[np.ndarray, ...]:
    """RGB, uint8 (time, y, x, rgb); with `everything` segmentation and depth too, each by a pass of its own.

    Segmentation is as `Renderer` gives it: int32 (time, y, x, 2), a geom (0 the floor, k + 1 object k) and its type, or
    −1 twice. Depth is float32 (time, y, x), metres along the camera's axis.
    """
    os.environ.setdefault("LP_NUM_THREADS", "0")  # as ours: Mesa is no faster with threads at such sizes
    mujoco, world = load(), spec.world
    objects = [
        (world.shapes[shape], float(size), COLORS[world.colors[color]], world.materials[material])
        for shape, size, color, material in zip(motion.shape, motion.size, motion.color, motion.material, strict=True)
    ]
    look = {"camera": world.camera, "pixels": world.size, "floor": motion.floor, "sky": motion.sky}
    model = mujoco.MjModel.from_xml_string(mjcf(objects, timestep=0.01, **look))
    data, frames = mujoco.MjData(model), []
    with mujoco.Renderer(model, world.size, world.size) as renderer:
        renderer.scene.flags[int(mujoco.mjtRndFlag.mjRND_HAZE)] = 0  # the floor ends nowhere
        for pose in np.concatenate([motion.position, motion.quaternion], axis=-1):
            data.qpos[:] = pose.reshape(-1)
            mujoco.mj_kinematics(model, data)
            mujoco.mj_camlight(model, data)
            renderer.update_scene(data, camera="eye")
            frames.append(_passes(renderer, everything))
    return tuple(np.stack(some) for some in zip(*frames, strict=True))


def _passes(renderer: Any, everything: bool) -> list[np.ndarray]:
    drawn = [renderer.render()]
    if everything:
        renderer.enable_segmentation_rendering()
        drawn.append(renderer.render())
        renderer.enable_depth_rendering()  # which ends the other
        drawn.append(renderer.render())
        renderer.disable_depth_rendering()
    return drawn

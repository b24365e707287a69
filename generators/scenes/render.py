"""Pictures of a scene by MuJoCo's renderer: RGB, segmentation and depth.

Segmentation and depth are the same bits every time on one platform; RGB is within rounding across drivers.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from generators.scenes.camera import FAR, Camera
from generators.scenes.loading import load, one_line
from generators.scenes.looks import COLORS
from generators.scenes.mjcf import NEAR, mjcf
from generators.scenes.motion import Motion
from generators.scenes.two_llvms import bind_triton_first

NO_GL = (
    "nothing here can draw scenes ({why}); on Debian or Ubuntu: apt-get install -y libegl1 libgl1-mesa-dri, "
    "and set MUJOCO_GL=egl"
)
_here = threading.local()  # GL contexts belong to the thread that made them
_drawn_in: int | None = None  # the process that has drawn


def render(
    motion: Motion,
    shapes: tuple[str, ...],
    colors: tuple[str, ...],
    materials: tuple[str, ...],
    camera: Camera,
    size: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """RGB uint8 (time, y, x, rgb), segmentation uint8 (time, y, x) and depth float32 (time, y, x) of a motion.

    shapes, colors, materials: the names that the motion's indices stand for.   size: of the square image, pixels.
    Segmentation is 0 for background and k + 1 for object k, by the middle of each pixel; depth is in metres along the
    camera's axis, `FAR` where nothing is. Raises ValueError where there is no GL.
    """
    frames = len(motion.position)
    rgb, depth = np.empty((frames, size, size, 3), np.uint8), np.empty((frames, size, size), np.float32)
    segmentation = np.empty((frames, size, size), np.uint8)
    objects = [
        (shapes[shape], float(extent), COLORS[colors[color]], materials[material])
        for shape, extent, color, material in zip(motion.shape, motion.size, motion.color, motion.material, strict=True)
    ]
    look = {"camera": camera, "pixels": size, "floor": motion.floor, "sky": motion.sky}
    with _drawing(mjcf(objects, timestep=0.01, **look)) as draw:
        poses = np.concatenate([motion.position, motion.quaternion], axis=-1)
        for t, pose in enumerate(poses):
            rgb[t], segmentation[t], depth[t] = draw(pose, size)
    return rgb, segmentation, depth


@contextmanager
def _drawing(xml: str) -> Iterator[Any]:
    """A function of one frame's poses (object, 7) and the image's size, that draws it."""
    mujoco = load()
    _make_current(mujoco)
    model = mujoco.MjModel.from_xml_string(xml)
    data, scene, option = mujoco.MjData(model), mujoco.MjvScene(model, model.ngeom + 8), mujoco.MjvOption()
    eye = mujoco.MjvCamera()
    eye.type, eye.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, 0
    try:
        context = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
    except mujoco.FatalError as error:
        raise ValueError(NO_GL.format(why=one_line(error))) from None
    mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, context)
    context.readDepthMap = mujoco.mjtDepthMap.mjDEPTH_ZEROFAR
    scene.flags[int(mujoco.mjtRndFlag.mjRND_HAZE)] = 0
    as_ids = [int(mujoco.mjtRndFlag.mjRND_SEGMENT), int(mujoco.mjtRndFlag.mjRND_IDCOLOR)]

    def draw(pose: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        data.qpos[:] = pose.reshape(-1)
        mujoco.mj_kinematics(model, data)
        mujoco.mj_camlight(model, data)
        mujoco.mjv_updateScene(model, data, option, None, eye, mujoco.mjtCatBit.mjCAT_ALL, scene)
        whole = mujoco.MjrRect(0, 0, size, size)
        rgb, ids = np.empty((2, size, size, 3), np.uint8)
        nearness = np.empty((size, size), np.float32)  # 1 at NEAR, 0 at FAR
        mujoco.mjr_render(whole, scene, context)
        mujoco.mjr_readPixels(rgb, None, whole, context)
        scene.flags[as_ids] = 1
        mujoco.mjr_render(whole, scene, context)
        mujoco.mjr_readPixels(ids, nearness, whole, context)
        scene.flags[as_ids] = 0
        of_id = np.zeros(scene.ngeom + 1, np.uint8)  # id 0 is where nothing is, geom 0 the floor
        for geom in scene.geoms[: scene.ngeom]:
            of_id[geom.segid + 1] = max(geom.objid, 0)
        depth = NEAR * FAR / (NEAR + nearness.astype(np.float64) * (FAR - NEAR))
        return rgb[::-1], of_id[ids[::-1, :, 0]], depth[::-1]

    try:
        yield draw
    finally:
        context.free()


def _make_current(mujoco: Any) -> None:
    """Make this thread's GL context, of which it has one for all episodes, the current one."""
    global _drawn_in
    if _drawn_in not in (None, os.getpid()):  # the drivers' threads are gone, and it would wait for them for ever
        raise ValueError("what has drawn scenes can't go on after a fork; start processes with spawn or forkserver")
    if not hasattr(_here, "context"):
        try:
            _here.context = _new_context(mujoco)
        except Exception as error:  # each of the libraries fails in its own way
            raise ValueError(NO_GL.format(why=one_line(error))) from None
    _drawn_in = os.getpid()
    _here.context.make_current()


def _new_context(mujoco: Any) -> Any:
    bind_triton_first()
    # Mesa's software renderer is no faster with threads at such sizes, and processes side by side have cores enough.
    os.environ.setdefault("LP_NUM_THREADS", "0")
    if os.environ.get("MUJOCO_GL") == "egl":  # even if mujoco was loaded before that was set
        from mujoco.egl import GLContext
    else:
        GLContext = mujoco.GLContext
    return GLContext(16, 16)

"""Loading MuJoCo, with what it needs to draw where that is there."""

import ctypes
import ctypes.util
import os
import sys
from typing import Any


def load() -> Any:
    """The package mujoco, told to draw without a display where there is none.

    Physics needs no GL, so where EGL isn't installed it is loaded without.
    Raises ValueError where it isn't installed.
    """
    if "mujoco" not in sys.modules:
        display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if sys.platform == "linux" and not display:
            os.environ.setdefault("MUJOCO_GL", "egl")
        if os.environ.get("MUJOCO_GL") == "egl" and not has_egl():
            return _load_blind()
    try:
        import mujoco
    except ImportError:
        raise ValueError("scenes need MuJoCo: pip install 'bcb[scenes]'") from None
    return mujoco


def has_egl() -> bool:
    """Whether the system has the library that draws without a display."""
    try:
        ctypes.CDLL(ctypes.util.find_library("EGL") or "libEGL.so.1")
    except OSError:
        return False
    return True


def _load_blind() -> Any:
    before = os.environ["MUJOCO_GL"]
    os.environ["MUJOCO_GL"] = "disable"  # with egl and without the library even the physics would fail to load
    try:
        return load()
    finally:
        os.environ["MUJOCO_GL"] = before

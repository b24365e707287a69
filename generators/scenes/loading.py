"""Loading MuJoCo, with what it needs to draw where that is there."""

import ctypes
import ctypes.util
import os
import sys
from typing import Any


def load() -> Any:
    """The package mujoco, told to draw without a display where there is none.

    Physics needs no GL, so where EGL isn't installed it is loaded without.
    Raises ValueError where it isn't installed, or can't be loaded as MUJOCO_GL says.
    """
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not display:
        os.environ.setdefault("MUJOCO_GL", "egl")
    if "mujoco" not in sys.modules and os.environ.get("MUJOCO_GL") == "egl" and not has_egl():
        return _load_blind()
    try:
        import mujoco
    except ImportError:
        raise ValueError("scenes need MuJoCo: pip install 'bcb[scenes]'") from None
    except Exception as error:  # each of its ways to draw fails in its own
        way = os.environ.get("MUJOCO_GL")
        raise ValueError(f"MuJoCo can't be loaded with MUJOCO_GL={way} ({one_line(error)}); try egl") from None
    return mujoco


def one_line(error: Exception) -> str:
    """The beginning of what an error says."""
    return " ".join(str(error).split())[:80] or type(error).__name__


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

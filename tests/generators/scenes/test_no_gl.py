"""What happens where nothing can draw, seen from fresh interpreters."""

import os
import subprocess
import sys

TRY = """
import numpy as np
{before}
from generators.scenes.episode import make_motion, make_scene
from generators.scenes.spec import SceneSpec
spec = SceneSpec(frames=2)
print(make_motion(spec, "train", 0).position.shape[0])
try:
    make_scene(spec, "train", 0)
except ValueError as error:
    print(error)
"""
LOST = """
import sys
from generators.scenes import loading
loading.has_egl, sys.modules["mujoco.egl"] = lambda: False, None
"""


def tried(before, **changes):
    environment = {k: v for k, v in os.environ.items() if k not in ("MUJOCO_GL", "DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", TRY.format(before=before)], capture_output=True, text=True, env=environment | changes
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_without_gl_there_is_physics_and_one_line_that_says_what_to_install():
    for before, changes in ((LOST, {}), ("", {"MUJOCO_GL": "disable"}), (LOST, {"MUJOCO_GL": "egl"})):
        frames, *said = tried(before, **changes)
        assert frames == "2"
        assert len(said) == 1
        assert "apt-get install -y libegl1 libgl1-mesa-dri" in said[0]
        assert "MUJOCO_GL=egl" in said[0]


def test_without_mujoco_one_line_says_what_to_install():
    lost = "import sys; sys.modules['mujoco'] = None"
    done = subprocess.run([sys.executable, "-c", TRY.format(before=lost)], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "ValueError: scenes need MuJoCo: pip install 'bcb[scenes]'"


def test_a_way_to_draw_that_there_is_not_is_one_line():
    done = subprocess.run(
        [sys.executable, "-c", TRY.format(before="")],
        capture_output=True,
        text=True,
        env=os.environ | {"MUJOCO_GL": "x"},
    )
    assert done.stderr.splitlines()[-1].startswith("ValueError: MuJoCo can't be loaded with MUJOCO_GL=x")


def test_mujoco_may_be_loaded_before(gl):
    frames, *said = tried("import mujoco")
    assert (frames, said) == ("2", [])

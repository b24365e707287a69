"""Drawing and Triton in one process: tests draw, and so does a model that learns from scenes made when asked for."""

import subprocess
import sys

import pytest


def test_triton_can_be_loaded_after_something_was_drawn(gl):
    pytest.importorskip("triton")
    code = """
from generators.scenes.episode import make_scene
from generators.scenes.spec import SceneSpec
before = make_scene(SceneSpec(frames=1), "train", 0)
import triton
from triton._C import libtriton
after = make_scene(SceneSpec(frames=1), "train", 0)
assert (before.rgb == after.rgb).all()
print("drawn")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "drawn\n", (done.returncode, done.stderr)

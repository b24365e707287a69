"""`eval` is light: scoring loads no torch and no simulator, and importing it loads next to nothing."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "pymunk", "numba", "zarr", "pydantic", "click", "rich")


@pytest.mark.parametrize(
    "module", ["eval", "eval.score", "eval.predictions", "eval.baselines", "eval.metrics", "eval.memory"]
)
def test_importing_loads_nothing_heavy(module):
    code = f"import sys, {module}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

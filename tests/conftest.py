"""What every test runs under: one thread each, the same examples each time, and shapes that are checked."""

import os
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder
from pathlib import Path

from hypothesis import settings
from jaxtyping import install_import_hook

# Test processes share the cores; their threads would only fight over them. Read when torch and numba load.
if "PYTEST_XDIST_WORKER" in os.environ:
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")

# Everyone sees the same examples, so a failure is about the change at hand. To search on: HYPOTHESIS_PROFILE=search.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


class Compiled(MetaPathFinder):
    """Imports modules of kernels as they are: numba and Triton compile plain functions, not ones in a shape check."""

    def find_spec(self, fullname, path, target=None):
        if not fullname.startswith("slotssm."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        code = Path(spec.origin).read_text(encoding="utf-8") if spec and spec.origin else ""
        marks = ("from numba import", "from generators.jit import", "import triton\n")
        return spec if any(mark in code for mark in marks) else None


# Every shape annotation in slotssm is checked on every call. (This loads neither slotssm nor torch.)
install_import_hook("slotssm", "beartype.beartype")
sys.meta_path.insert(0, Compiled())

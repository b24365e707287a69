"""Keeping the LLVM of Mesa apart from that of Triton, in one process.

Mesa opens its drivers so that all that is loaded later sees their symbols, those of its LLVM too. Triton has an LLVM of
its own (and comes unasked: `torch._dynamo` imports it). Loaded after Mesa it is bound to Mesa's, and crashes; loaded
before, to its own.
"""

import ctypes
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path


def bind_triton_first() -> None:
    """Load Triton's library, where there is one, so that what is drawn later can't mix with it. Takes some 20 ms."""
    if sys.platform != "linux" or "triton" in sys.modules:
        return
    found = find_spec("triton")
    for folder in (found.submodule_search_locations or ()) if found else ():
        with suppress(OSError):  # not there, or not for this machine
            ctypes.CDLL(str(Path(folder) / "_C" / "libtriton.so"))

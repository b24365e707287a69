"""What a piece of work adds to this process's resident memory at its peak."""

import ctypes
import gc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def peak_growth(work: Callable[[], T]) -> tuple[T, int | None]:
    """What the work returns, and the bytes that the process held at most meanwhile, beyond what it held before.

    Everything counts: tensors, a kernel's scratch, an interpreter's rubbish. None where the system (not Linux) doesn't
    tell. Memory that was freed before is first given back to the system, or it would be used again unseen.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # glibc's
    try:
        Path("/proc/self/clear_refs").write_text("5")  # the peak is from now on (man 5 proc)
        before = _resident("VmRSS")
    except OSError:
        return work(), None
    result = work()
    return result, max(0, _resident("VmHWM") - before)


def _resident(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"no {name}")

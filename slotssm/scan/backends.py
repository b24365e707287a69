"""What computes a scan: `reference` (torch, step by step), `numba` (CPU) or `triton` (GPU); `auto` picks."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.autograd import forward_ad

BACKENDS = ("auto", "reference", "numba", "triton")

_auto = "auto"  # what "auto" means while `use_backend` is at work


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Let "auto" mean this backend, in the whole process, until the `with` ends."""
    global _auto
    _check(name)
    before, _auto = _auto, name
    try:
        yield
    finally:
        _auto = before


def choose(backend: str, device: torch.device) -> str:
    """The backend that computes tensors of a device: "reference", "numba" or "triton".

    The kernels have no forward-mode derivatives (`torch.func.jvp`, dual tensors): where these are at work, "auto" is
    the reference. Raises ValueError for a name that isn't in BACKENDS, or one that can't compute there.
    """
    backend = asked(backend)
    if forward_ad._current_level >= 0:  # of no other public sign; read as it is, so that torch.compile sees it change
        if backend in ("numba", "triton"):
            raise ValueError(f"backend {backend} has no forward-mode derivatives; choose reference")
        return "reference"
    if backend == "auto":
        if device.type == "cpu":
            return "numba"
        return "triton" if device.type == "cuda" and _has_triton() else "reference"
    if backend == "numba" and device.type != "cpu":
        raise ValueError(f"backend numba computes on the CPU, not on {device.type}; choose auto")
    if backend == "triton":
        if not _has_triton():
            raise ValueError("backend triton needs the package triton; pip install triton, or choose auto")
        if device.type != "cuda" and os.environ.get("TRITON_INTERPRET") != "1":
            raise ValueError(f"backend triton computes on a CUDA GPU, not on {device.type}; choose auto")
    return backend


def asked(backend: str) -> str:
    """The backend that is asked for: for "auto", what it means here. Raises ValueError for an unknown one."""
    _check(backend)
    return _auto if backend == "auto" else backend


def _check(name: str) -> None:
    if name not in BACKENDS:
        raise ValueError(f"backend {name!r} is not one of: {', '.join(BACKENDS)}")


def _has_triton() -> bool:
    return importlib.util.find_spec("triton") is not None

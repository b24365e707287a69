"""The Triton kernels: what they compute, under Triton's interpreter, and that they compile for GPUs. No GPU is needed.

Whether Triton interprets is settled when it is imported, for the whole process: so the tests of what the kernels
compute, in interpreted_triton.py, run in processes of their own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("triton")

INTERPRETED = Path(__file__).with_name("interpreted_triton.py")


@pytest.mark.slow
@pytest.mark.parametrize("scan", ["selective_scan", "ssd_scan"])
def test_the_kernels_are_the_plain_recurrences(scan):
    command = [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", str(INTERPRETED), "-k", scan]
    interpreting = os.environ | {"TRITON_INTERPRET": "1"}
    done = subprocess.run(command, env=interpreting, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


class Absent:
    """Stands in for Triton's driver: a GPU to compile for, its number its capability."""

    def __init__(self, capability):
        self.capability = capability

    def get_current_device(self):
        return self.capability

    def get_current_stream(self, device):
        return 0

    def get_current_target(self):
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", self.capability, 32)


class Compiled:
    """Stands in for a kernel: a launch compiles it as it would have been, and does no more."""

    def __init__(self, kernel):
        self.kernel, self.binaries = kernel, []

    def __getitem__(self, grid):
        return lambda *args, **kwargs: self.binaries.append(self.kernel.warmup(*args, grid=grid, **kwargs).asm["cubin"])


@pytest.mark.slow
@pytest.mark.parametrize("scan", ["selective", "ssd"])
@pytest.mark.parametrize(
    ("capability", "dtype", "channels", "n", "options"),
    [(80, torch.float32, 32, 16, True), (90, torch.float32, 17, 64, False), (90, torch.float64, 32, 16, True)],
)
def test_the_kernels_compile_for_gpus(scan, capability, dtype, channels, n, options, monkeypatch, tmp_path):
    from triton.runtime import driver

    from slotssm.scan.gpu import kernels, selective, ssd

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(driver, "_active", Absent(capability))
    forward, backward = Compiled(kernels.scan_forward), Compiled(kernels.scan_backward)
    monkeypatch.setattr(kernels, "scan_forward", forward)
    monkeypatch.setattr(kernels, "scan_backward", backward)
    module, outer, inner = (selective, (channels,), (channels,)) if scan == "selective" else (ssd, (2,), (2, channels))

    def empty(*shape):
        return torch.empty(shape, dtype=dtype)

    u, delta, B, D = empty(2, 5, *inner), empty(2, 5, *outer), empty(2, 5, n), empty(*outer)
    A, state = empty(*outer, n) if module is selective else D, empty(2, *inner, n)
    given = (u, delta, A, B, B, *((D, u, D, True) if options else (None, None, None, False)))
    _, _, kept = module.forward(*given, state if options else None, True)
    module.backward(*given, kept, u, state)
    assert all(len(kernel.binaries) == 1 and kernel.binaries[0] for kernel in (forward, backward))

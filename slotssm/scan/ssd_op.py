"""The SSD scan as torch custom ops: torch learns its shapes and its gradient once, whatever computes it.

A backend is a module with forward and backward; `cpu/ssd.py` says what each of them takes and returns.
"""

from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

MODULES = {"numba": "slotssm.scan.cpu.ssd", "triton": "slotssm.scan.gpu.ssd"}
EVERY = 64  # steps between the states that are kept for the backward pass


def _module(backend: str) -> ModuleType:
    return import_module(MODULES[backend])


@torch.library.custom_op("bcb::ssd_scan", mutates_args=())
def ssd_scan_op(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    delta_bias: Tensor | None,
    delta_softplus: bool,
    initial_state: Tensor | None,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """(y (b, l, h, p), last state (b, h, p, n), kept states (b, ⌈l / EVERY⌉, n, h·p)); shapes as `ssd_scan`."""
    return _module(backend).forward(x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state)


@ssd_scan_op.register_fake
def _(x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, backend):
    b, length, h, p = x.shape
    n = B.shape[2]
    kept = x.new_empty(b, (length + EVERY - 1) // EVERY, n, h * p)
    return x.new_empty(b, length, h, p), x.new_empty(b, h, p, n), kept


@torch.library.custom_op("bcb::ssd_scan_backward", mutates_args=())
def ssd_scan_backward_op(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    delta_bias: Tensor | None,
    delta_softplus: bool,
    kept: Tensor,
    gy: Tensor,
    glast: Tensor,
    backend: str,
) -> list[Tensor]:
    """Gradients of x, delta, A, B, C and the initial state, then of those of D, z and delta_bias that are there."""
    g = _module(backend).backward(x, delta, A, B, C, D, z, delta_bias, delta_softplus, kept, gy, glast)
    gx, gdelta, gA, gB, gC, gD, gz, gbias, ginitial = g
    return [gx, gdelta, gA, gB, gC, ginitial, *(t for t in (gD, gz, gbias) if t is not None)]


@ssd_scan_backward_op.register_fake
def _(x, delta, A, B, C, D, z, delta_bias, delta_softplus, kept, gy, glast, backend):
    given = [t for t in (D, z, delta_bias) if t is not None]
    return [t.new_empty(t.shape) for t in (x, delta, A, B, C, glast, *given)]


def _save(ctx, inputs, output):
    x, delta, A, B, C, D, z, delta_bias, ctx.softplus, initial_state, ctx.backend = inputs
    ctx.has_initial = initial_state is not None
    ctx.save_for_backward(x, delta, A, B, C, D, z, delta_bias, output[2])


def _grad(ctx, gy, glast, _gkept):
    x, delta, A, B, C, D, z, delta_bias, kept = ctx.saved_tensors
    args = (x, delta, A, B, C, D, z, delta_bias, ctx.softplus, kept, gy, glast, ctx.backend)
    gx, gdelta, gA, gB, gC, ginitial, *others = ssd_scan_backward_op(*args)
    gD, gz, gbias = (others.pop(0) if t is not None else None for t in (D, z, delta_bias))
    return gx, gdelta, gA, gB, gC, gD, gz, gbias, None, ginitial if ctx.has_initial else None, None


torch.library.register_autograd("bcb::ssd_scan", _grad, setup_context=_save)
for _device in ("cpu", "cuda"):
    torch.library.register_autocast("bcb::ssd_scan", _device, torch.float32)

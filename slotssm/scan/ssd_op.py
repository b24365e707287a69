"""The SSD scan as torch custom ops: torch learns its shapes and its gradient once, whatever computes it.

A backend is a module with forward, backward and kept_shape; `cpu/ssd.py` says what they take and return.
"""

from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

MODULES = {"numba": "slotssm.scan.cpu.ssd", "triton": "slotssm.scan.gpu.ssd"}


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
    keep: bool,
    backend: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """(y (b, l, h, p), last state (b, h, p, n), what the backend keeps for its backward pass); shapes as `ssd_scan`.

    keep: whether there may be a backward pass.
    """
    return _module(backend).forward(x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, keep)


@ssd_scan_op.register_fake
def _(x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, keep, backend):
    b, length, h, p = x.shape
    n = B.shape[2]
    kept = x.new_empty(_module(backend).kept_shape(b, length, h, p, n) if keep else (0, 0, 0, 0))
    return x.new_empty(b, length, h, p), _state(x, b, h, p, n), kept


def _state(like, b, h, p, n):
    return like.new_empty(b, n, h, p).permute(0, 2, 3, 1)  # a state lies as (n, h·p)


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
    plain = [t.new_empty(t.shape) for t in (x, delta, A, B, C)]
    return [*plain, _state(x, *glast.shape), *(t.new_empty(t.shape) for t in given)]


def _save(ctx, inputs, output):
    x, delta, A, B, C, D, z, delta_bias, ctx.softplus, initial_state, _, ctx.backend = inputs
    ctx.has_initial = initial_state is not None
    ctx.save_for_backward(x, delta, A, B, C, D, z, delta_bias, output[2])


def _grad(ctx, gy, glast, _gkept):
    x, delta, A, B, C, D, z, delta_bias, kept = ctx.saved_tensors
    args = (x, delta, A, B, C, D, z, delta_bias, ctx.softplus, kept, gy, glast, ctx.backend)
    gx, gdelta, gA, gB, gC, ginitial, *others = ssd_scan_backward_op(*args)
    gD, gz, gbias = (others.pop(0) if t is not None else None for t in (D, z, delta_bias))
    return gx, gdelta, gA, gB, gC, gD, gz, gbias, None, ginitial if ctx.has_initial else None, None, None


torch.library.register_autograd("bcb::ssd_scan", _grad, setup_context=_save)
for _device in ("cpu", "cuda"):
    torch.library.register_autocast("bcb::ssd_scan", _device, torch.float32)

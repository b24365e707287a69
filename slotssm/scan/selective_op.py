"""The selective scan as torch custom ops: torch learns its shapes and its gradient once, whatever computes it.

A backend is a module with forward, backward and kept_shape; `cpu/selective.py` says what they take and return.
"""

from importlib import import_module
from types import ModuleType

import torch
from torch import Tensor

MODULES = {"numba": "slotssm.scan.cpu.selective", "triton": "slotssm.scan.gpu.selective"}


def _module(backend: str) -> ModuleType:
    return import_module(MODULES[backend])


@torch.library.custom_op("bcb::selective_scan", mutates_args=())
def selective_scan_op(
    u: Tensor,
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
    """(y (b, l, c), last state (b, c, n), what the backend keeps for its backward pass); shapes as `selective_scan`.

    keep: whether there may be a backward pass.
    """
    return _module(backend).forward(u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, keep)


@selective_scan_op.register_fake
def _(u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, keep, backend):
    b, length, c = u.shape
    n = A.shape[1]
    kept = u.new_empty(_module(backend).kept_shape(b, length, c, n) if keep else (0, 0, 0, 0))
    return u.new_empty(b, length, c), u.new_empty(b, n, c).mT, kept


@torch.library.custom_op("bcb::selective_scan_backward", mutates_args=())
def selective_scan_backward_op(
    u: Tensor,
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
    """Gradients of u, delta, A, B, C and the initial state, then of those of D, z and delta_bias that are there."""
    g = _module(backend).backward(u, delta, A, B, C, D, z, delta_bias, delta_softplus, kept, gy, glast)
    gu, gdelta, gA, gB, gC, gD, gz, gbias, ginitial = g
    return [gu, gdelta, gA, gB, gC, ginitial, *(x for x in (gD, gz, gbias) if x is not None)]


@selective_scan_backward_op.register_fake
def _(u, delta, A, B, C, D, z, delta_bias, delta_softplus, kept, gy, glast, backend):
    given = [x for x in (D, z, delta_bias) if x is not None]
    swapped = {id(A), id(glast)}  # these lie as (n, c)
    return [
        x.new_empty(x.mT.shape).mT if id(x) in swapped else x.new_empty(x.shape)
        for x in (u, delta, A, B, C, glast, *given)
    ]


def _save(ctx, inputs, output):
    u, delta, A, B, C, D, z, delta_bias, ctx.softplus, initial_state, _, ctx.backend = inputs
    ctx.has_initial = initial_state is not None
    ctx.save_for_backward(u, delta, A, B, C, D, z, delta_bias, output[2])


def _grad(ctx, gy, glast, _gkept):
    u, delta, A, B, C, D, z, delta_bias, kept = ctx.saved_tensors
    args = (u, delta, A, B, C, D, z, delta_bias, ctx.softplus, kept, gy, glast, ctx.backend)
    gu, gdelta, gA, gB, gC, ginitial, *others = selective_scan_backward_op(*args)
    gD, gz, gbias = (others.pop(0) if x is not None else None for x in (D, z, delta_bias))
    return gu, gdelta, gA, gB, gC, gD, gz, gbias, None, ginitial if ctx.has_initial else None, None, None


torch.library.register_autograd("bcb::selective_scan", _grad, setup_context=_save)
for _device in ("cpu", "cuda"):
    torch.library.register_autocast("bcb::selective_scan", _device, torch.float32)

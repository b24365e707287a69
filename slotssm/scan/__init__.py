"""Selective scans: `selective_scan` picks the fastest path for the tensors it is given."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from slotssm.scan.reference import selective_scan_reference

__all__ = ["selective_scan", "selective_scan_reference"]


def selective_scan(
    u: Float[Tensor, "b l c"],
    delta: Float[Tensor, "b l c"],
    A: Float[Tensor, "c n"],
    B: Float[Tensor, "b l n"],
    C: Float[Tensor, "b l n"],
    D: Float[Tensor, " c"] | None = None,
    z: Float[Tensor, "b l c"] | None = None,
    delta_bias: Float[Tensor, " c"] | None = None,
    delta_softplus: bool = False,
    initial_state: Float[Tensor, "b c n"] | None = None,
) -> tuple[Float[Tensor, "b l c"], Float[Tensor, "b c n"]]:
    """The selective scan of `selective_scan_reference`, differentiable in every tensor and the initial state.

    Returns (y, last_state). On the CPU a fused numba kernel runs it (float32 and float64; anything
    else is computed in float32); elsewhere the reference does. A must be negative (exp(ΔA) ≤ 1).
    """
    if u.device.type != "cpu":
        return selective_scan_reference(u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state)
    from slotssm.scan.numba_cpu import scan_cpu

    dtype = u.dtype
    if delta_bias is not None:
        delta = delta + delta_bias
    if delta_softplus:
        delta = F.softplus(delta)
    if initial_state is None:
        initial_state = u.new_zeros(u.shape[0], u.shape[2], A.shape[1])
    core = "float64" if dtype.itemsize == 8 else "float32"
    cast = [getattr(x, "double" if core == "float64" else "float")() for x in (u, delta, A, B, C, initial_state)]
    y, last_state, _ = scan_cpu(*cast)
    if D is not None:
        y = y + D * u
    if z is not None:
        y = y * F.silu(z)
    return y.to(dtype), last_state.to(dtype)

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

    Returns (y, last_state). On the CPU a fused numba kernel runs it, once differentiable, in u's dtype (anything but
    float64 in float32); elsewhere the reference does. A must not be positive: exp(ΔA) ≤ 1.
    Raises ValueError for shapes that don't go together.
    """
    _check_shapes(u, delta, A, B, C, D, z, delta_bias, initial_state)
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


def _check_shapes(
    u: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    delta_bias: Tensor | None,
    initial_state: Tensor | None,
) -> None:
    """The kernels trust their inputs with their memory, so nothing of another shape may reach them."""
    if u.ndim != 3 or A.ndim != 2:
        raise ValueError(f"u is (batch, length, channels) and A (channels, state), not {_text(u)} and {_text(A)}")
    b, length, c = u.shape
    n = A.shape[1]
    for name, tensor, want in (
        ("delta", delta, (b, length, c)),
        ("A", A, (c, n)),
        ("B", B, (b, length, n)),
        ("C", C, (b, length, n)),
        ("D", D, (c,)),
        ("z", z, (b, length, c)),
        ("delta_bias", delta_bias, (c,)),
        ("initial_state", initial_state, (b, c, n)),
    ):
        if tensor is not None and tuple(tensor.shape) != want:
            raise ValueError(f"{name} is {_text(tensor)}, not {want}, for u {_text(u)} and A {_text(A)}")


def _text(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)

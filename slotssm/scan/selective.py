"""The selective scan (S6) for users: shapes are checked, a backend is chosen."""

import torch
from jaxtyping import Float
from torch import Tensor

from slotssm.scan.backends import choose
from slotssm.scan.reference import selective_scan_reference


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
    backend: str = "auto",
) -> tuple[Float[Tensor, "b l c"], Float[Tensor, "b c n"]]:
    """The selective scan of `selective_scan_reference`, differentiable in every tensor and the initial state.

    Returns (y, last_state) in u's dtype. backend: one of BACKENDS. The fast ones fuse it all in one pass, are once
    differentiable, and compute in float32 (float64 for a float64 u).
    Raises ValueError for shapes that don't go together, and for a backend that can't compute on u's device.
    """
    _check_shapes(u, delta, A, B, C, D, z, delta_bias, initial_state)
    backend = choose(backend, u.device)
    if backend == "reference" or u.numel() == 0:
        return selective_scan_reference(u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state)
    from slotssm.scan.selective_op import selective_scan_op

    dtype = u.dtype
    core = torch.float64 if dtype == torch.float64 else torch.float32
    D, z, delta_bias, initial_state = (x if x is None else x.to(core) for x in (D, z, delta_bias, initial_state))
    u, delta, A, B, C = (x.to(core) for x in (u, delta, A, B, C))
    keep = torch.is_grad_enabled()
    y, last_state, _ = selective_scan_op(
        u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state, keep, backend
    )
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
        if tensor is not None and tensor.device != u.device:
            raise ValueError(f"{name} is on {tensor.device} and u on {u.device}; put all on one device")
        if tensor is not None and tuple(tensor.shape) != want:
            raise ValueError(f"{name} is {_text(tensor)}, not {want}, for u {_text(u)} and A {_text(A)}")


def _text(tensor: Tensor) -> tuple[int, ...]:
    return tuple(tensor.shape)

"""The selective scan (S6) for users: shapes are checked, a backend is chosen."""

import torch
from jaxtyping import Float
from torch import Tensor

from slotssm.scan.backends import choose
from slotssm.scan.inputs import check, core_dtype
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

    Returns (y, last_state) in u's dtype, computed in float32 (float64 for a float64 u). backend: one of BACKENDS. The
    fast ones fuse it all in one pass, and are once differentiable, in reverse; "auto" in forward mode is the reference.
    Raises ValueError for tensors that don't go together, and for a backend that can't compute them.
    """
    _check(u, delta, A, B, C, D, z, delta_bias, initial_state)
    backend, dtype, core = choose(backend, u.device), u.dtype, core_dtype(u.dtype)
    D, z, delta_bias, initial_state = (x if x is None else x.to(core) for x in (D, z, delta_bias, initial_state))
    u, delta, A, B, C = (x.to(core) for x in (u, delta, A, B, C))
    args = (u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state)
    if backend == "reference" or u.numel() == 0:
        y, last_state = selective_scan_reference(*args)
    else:
        from slotssm.scan.selective_op import selective_scan_op

        y, last_state, _ = selective_scan_op(*args, torch.is_grad_enabled(), backend)
    return y.to(dtype), last_state.to(dtype)


def _check(
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
    if u.ndim != 3 or A.ndim != 2:
        shapes = f"{tuple(u.shape)} and {tuple(A.shape)}"
        raise ValueError(f"u is (batch, length, channels) and A (channels, state), not {shapes}")
    b, length, c = u.shape
    n = A.shape[1]
    wanted = {
        "u": (u, (b, length, c)),
        "delta": (delta, (b, length, c)),
        "A": (A, (c, n)),
        "B": (B, (b, length, n)),
        "C": (C, (b, length, n)),
        "D": (D, (c,)),
        "z": (z, (b, length, c)),
        "delta_bias": (delta_bias, (c,)),
        "initial_state": (initial_state, (b, c, n)),
    }
    check(wanted, "A")

"""The SSD scan (the Mamba-2 core) for users: shapes are checked, what computes it is chosen.

There are two ways to compute it. A fused kernel goes through the steps one by one; the chunked form makes matrix
products of them, in plain torch. Where there is a kernel, it computes. On a CPU with AVX-512 it was 3 to 10 times as
fast forward, and 1.2 to 6 times forward and backward, for every state from 16 to 256 (heads of 32 and 64, 128 and 256
channels, 6 to 192 sequences of 80 to 640 steps, one thread). At a state of 512 they meet, in training only; there too
the kernel keeps a fraction of the memory. Without a kernel, the chunked form takes the place of the loop over steps.
"""

from contextlib import nullcontext

import torch
from jaxtyping import Float
from torch import Tensor

from slotssm.scan.backends import asked, choose
from slotssm.scan.chunked import ssd_scan_chunked
from slotssm.scan.inputs import check, core_dtype
from slotssm.scan.reference_ssd import ssd_scan_reference


def ssd_scan(
    x: Float[Tensor, "b l h p"],
    delta: Float[Tensor, "b l h"],
    A: Float[Tensor, " h"],
    B: Float[Tensor, "b l n"],
    C: Float[Tensor, "b l n"],
    D: Float[Tensor, " h"] | None = None,
    z: Float[Tensor, "b l h p"] | None = None,
    delta_bias: Float[Tensor, " h"] | None = None,
    delta_softplus: bool = False,
    initial_state: Float[Tensor, "b h p n"] | None = None,
    backend: str = "auto",
) -> tuple[Float[Tensor, "b l h p"], Float[Tensor, "b h p n"]]:
    """The SSD scan of `ssd_scan_reference`, differentiable in every tensor and the initial state.

    Returns (y, last_state) in x's dtype, computed in float32 (float64 for a float64 x). backend: one of BACKENDS. The
    kernels fuse it all in one pass, and are once differentiable, in reverse; in forward mode "auto" is chunked.
    Raises ValueError for tensors that don't go together, and for a backend that can't compute them.
    """
    _check(x, delta, A, B, C, D, z, delta_bias, initial_state)
    chosen, dtype, core = choose(backend, x.device), x.dtype, core_dtype(x.dtype)
    D, z, delta_bias, initial_state = (t if t is None else t.to(core) for t in (D, z, delta_bias, initial_state))
    x, delta, A, B, C = (t.to(core) for t in (x, delta, A, B, C))
    args = (x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial_state)
    chunked = chosen == "reference" and asked(backend) == "auto" and x.device.type != "mps"  # which has no float64
    if x.numel() == 0 or (chosen == "reference" and not chunked):
        y, last_state = ssd_scan_reference(*args)
    elif chunked:
        device = x.device.type
        autocasts = torch.amp.is_autocast_available(device)  # not on meta, where there are shapes alone
        with torch.autocast(device, enabled=False) if autocasts else nullcontext():
            y, last_state = ssd_scan_chunked(*args)
    else:
        from slotssm.scan.ssd_op import ssd_scan_op

        y, last_state, _ = ssd_scan_op(*args, torch.is_grad_enabled(), chosen)
    return y.to(dtype), last_state.to(dtype)


def _check(
    x: Tensor,
    delta: Tensor,
    A: Tensor,
    B: Tensor,
    C: Tensor,
    D: Tensor | None,
    z: Tensor | None,
    delta_bias: Tensor | None,
    initial_state: Tensor | None,
) -> None:
    if x.ndim != 4 or B.ndim != 3:
        shapes = f"{tuple(x.shape)} and {tuple(B.shape)}"
        raise ValueError(f"x is (batch, length, heads, p) and B (batch, length, state), not {shapes}")
    b, length, h, p = x.shape
    n = B.shape[2]
    wanted = {
        "x": (x, (b, length, h, p)),
        "delta": (delta, (b, length, h)),
        "A": (A, (h,)),
        "B": (B, (b, length, n)),
        "C": (C, (b, length, n)),
        "D": (D, (h,)),
        "z": (z, (b, length, h, p)),
        "delta_bias": (delta_bias, (h,)),
        "initial_state": (initial_state, (b, h, p, n)),
    }
    check(wanted, "B")

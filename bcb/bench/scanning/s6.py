"""The selective scan (S6) of ours and of others. Others' code is called, not copied; its sources are named below.

None of the others fuses SiLU(z), the bias and softplus into its scan; they get them as their own models do it.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bcb.bench.scanning.family import Contestant, Family, Inputs, Size
from slotssm.scan import selective_scan, selective_scan_reference


def inputs(size: Size) -> Inputs:
    """As a Mamba block makes them when it is new: Δ about 0.001 to 0.1, A = −1, …, −state."""
    random = torch.Generator().manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    b, length, n, c = size.batch, size.length, size.state, size.channels
    steps = torch.logspace(math.log10(1e-3), math.log10(1e-1), c, dtype=torch.float64)
    return {
        "u": F.silu(normal(b, length, c)),
        "delta": 0.5 * normal(b, length, c),
        "A": -torch.arange(1, n + 1, dtype=torch.float64).repeat(c, 1),
        "B": normal(b, length, n),
        "C": normal(b, length, n),
        "D": torch.ones(c, dtype=torch.float64),
        "z": normal(b, length, c),
        "delta_bias": steps + torch.log(-torch.expm1(-steps)),
    }


def ours(**given: Any) -> Tensor:
    return selective_scan(**given, delta_softplus=True)[0]


def reference(**given: Any) -> Tensor:
    return selective_scan_reference(**given, delta_softplus=True)[0]


def mambapy(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor, delta_bias: Tensor
) -> Tensor:
    """Blelloch's parallel scan in torch, with a backward pass of its own (github.com/alxndrTL/mamba.py)."""
    from mambapy.mamba import MambaBlock

    steps = F.softplus(delta + delta_bias)
    return MambaBlock.selective_scan(None, u, steps, A, B, C, D) * F.silu(z)  # pyright: ignore[reportArgumentType]


def transformers(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor, delta_bias: Tensor
) -> Tensor:
    """The path without kernels of transformers' MambaMixer: discretised at once, then a loop over steps."""
    from transformers.models.mamba.modeling_mamba import mamba_selective_scan

    u, delta, B, C, z = (x.mT for x in (u, delta, B, C, z))  # it wants time last
    return mamba_selective_scan(u, delta, A, B, C, D, z=z, delta_bias=delta_bias, delta_softplus=True).mT


def associative(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor, delta_bias: Tensor
) -> Tensor:
    """torch's associative_scan, a prototype, as it is without a compiler; its gradients are autograd's."""
    from torch._higher_order_ops.associative_scan import associative_scan

    def combine(left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return left[0] * right[0], right[0] * left[1] + right[1]

    steps = F.softplus(delta + delta_bias)
    decay = torch.exp(steps[..., None] * A)
    drive = (steps * u)[..., None] * B[:, :, None]
    _, states = associative_scan(combine, (decay, drive), dim=1, combine_mode="generic")
    return ((states @ C[..., None])[..., 0] + D * u) * F.silu(z)


S6 = Family(
    "selective scan (S6)",
    inputs,
    reference,
    {
        "ours": Contestant(ours),
        "mambapy": Contestant(mambapy, ("mambapy",)),
        "transformers": Contestant(transformers, ("transformers",)),
        "associative_scan": Contestant(associative),
        "torch loop": Contestant(reference),
    },
)

"""The Mamba-2 block (Dao and Gu, "Transformers are SSMs", arXiv 2405.21060, §7), over whole sequences or step by step.

b batch · l steps · d width · c channels = expand · d = h heads · p channels of a head · n state · w conv width
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.scan import causal_conv, core_dtype, ssd_scan


class Mamba2State(NamedTuple):
    """What a block remembers: the conv's last w − 1 inputs (c + 2 n numbers each) and the scan's state."""

    conv: Float[Tensor, "b v s"]
    scan: Float[Tensor, "b h p n"]


def head_count(channels: int, head_size: int) -> int:
    """Heads that share the channels. Raises ValueError unless a head's size divides them."""
    if channels % head_size:
        raise ValueError(f"head_size is {head_size}; choose one that divides expand · width = {channels}")
    return channels // head_size


class Mamba2(nn.Module):
    """Linear to (z, s, B, C, Δ); causal depth-wise conv and SiLU on s, B, C; SSD scan; RMSNorm of y · SiLU(z); Linear.

    Raises ValueError unless a head's size divides the channels.
    """

    def __init__(self, width: int, state: int, expand: int, conv: int, head_size: int):
        super().__init__()
        self.channels = channels = expand * width
        self.n_state = state
        self.heads = heads = head_count(channels, head_size)
        self.mixed = mixed = channels + 2 * state  # what the conv sees: s, B, C
        self.inward = nn.Linear(width, channels + mixed + heads, bias=False)
        self.conv_weight = nn.Parameter(torch.empty(conv, mixed).uniform_(-(conv**-0.5), conv**-0.5))
        self.conv_bias = nn.Parameter(torch.zeros(mixed))
        first = torch.exp(torch.empty(heads).uniform_(math.log(1e-3), math.log(1e-1)))
        self.delta_bias = nn.Parameter(first + torch.log(-torch.expm1(-first)))  # softplus⁻¹: Δ starts in [0.001, 0.1]
        self.log_A = nn.Parameter(torch.log(torch.empty(heads).uniform_(1, 16)))
        self.D = nn.Parameter(torch.ones(heads))
        self.norm = nn.RMSNorm(channels, eps=1e-5)
        self.outward = nn.Linear(channels, width, bias=False)

    def start(self, batch: int) -> Mamba2State:
        """The state before the first step: zeros."""
        return Mamba2State(
            self.D.new_zeros(batch, len(self.conv_weight) - 1, self.mixed),
            self.D.new_zeros(batch, self.heads, self.channels // self.heads, self.n_state),
        )

    def forward(self, x: Float[Tensor, "b l d"], state: Mamba2State) -> tuple[Float[Tensor, "b l d"], Mamba2State]:
        """A length of 1 is a step: the same maths, at constant cost."""
        z, mixed, delta = self.inward(x).split([self.channels, self.mixed, self.heads], dim=-1)
        mixed, conv = causal_conv(mixed, self.conv_weight, self.conv_bias, state.conv)
        s, B, C = mixed.split([self.channels, self.n_state, self.n_state], dim=-1)
        dtype = core_dtype(s.dtype)  # so the state is of float32 where s is of less
        y, scan = ssd_scan(
            s.unflatten(2, (self.heads, -1)).to(dtype),
            delta,
            -torch.exp(self.log_A.to(dtype)),
            B,
            C,
            self.D,
            z.unflatten(2, (self.heads, -1)),
            self.delta_bias,
            delta_softplus=True,
            initial_state=state.scan,
        )
        y = self.norm(y.flatten(2).to(self.norm.weight.dtype)).to(x.dtype)
        return self.outward(y), Mamba2State(conv.to(state.conv.dtype), scan)

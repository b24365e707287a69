"""The Mamba-1 block (PAPER §2; Gu and Dao, arXiv 2312.00752, §3.4), over whole sequences or step by step.

b batch · l steps · d width · c channels = expand · d · n state · w conv width
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.scan import causal_conv, core_dtype, selective_scan


class MambaState(NamedTuple):
    """What a block remembers: the conv's last w − 1 inputs and the scan's state."""

    conv: Float[Tensor, "b v c"]
    scan: Float[Tensor, "b c n"]


class Mamba(nn.Module):
    """Linear to (s, res); causal depth-wise conv and SiLU on s; selective scan; y · SiLU(res); Linear."""

    def __init__(self, width: int, state: int, expand: int, conv: int):
        super().__init__()
        self.channels = channels = expand * width
        self.n_state = state
        self.rank = math.ceil(width / 16)
        self.inward = nn.Linear(width, 2 * channels, bias=False)
        self.conv_weight = nn.Parameter(torch.empty(conv, channels).uniform_(-(conv**-0.5), conv**-0.5))
        self.conv_bias = nn.Parameter(torch.zeros(channels))
        self.select = nn.Linear(channels, self.rank + 2 * state, bias=False)
        self.delta = nn.Linear(self.rank, channels, bias=False)
        nn.init.uniform_(self.delta.weight, -(self.rank**-0.5), self.rank**-0.5)
        first = torch.exp(torch.empty(channels).uniform_(math.log(1e-3), math.log(1e-1)))
        self.delta_bias = nn.Parameter(first + torch.log(-torch.expm1(-first)))  # softplus⁻¹: Δ starts in [0.001, 0.1]
        self.log_A = nn.Parameter(torch.log(torch.arange(1, state + 1.0)).repeat(channels, 1))
        self.D = nn.Parameter(torch.ones(channels))
        self.outward = nn.Linear(channels, width, bias=False)

    def start(self, batch: int) -> MambaState:
        """The state before the first step: zeros."""
        return MambaState(
            self.D.new_zeros(batch, len(self.conv_weight) - 1, self.channels),
            self.D.new_zeros(batch, self.channels, self.n_state),
        )

    def forward(self, x: Float[Tensor, "b l d"], state: MambaState) -> tuple[Float[Tensor, "b l d"], MambaState]:
        """A length of 1 is a step: the same maths, at constant cost."""
        s, res = self.inward(x).chunk(2, dim=-1)
        s, conv = causal_conv(s, self.conv_weight, self.conv_bias, state.conv)
        rank_delta, B, C = self.select(s).split([self.rank, self.n_state, self.n_state], dim=-1)
        dtype = core_dtype(s.dtype)  # so the state is of float32 where s is of less
        y, scan = selective_scan(
            s.to(dtype),
            self.delta(rank_delta),
            -torch.exp(self.log_A.to(dtype)),
            B,
            C,
            self.D,
            res,
            self.delta_bias,
            delta_softplus=True,
            initial_state=state.scan,
        )
        return self.outward(y.to(x.dtype)), MambaState(conv.to(state.conv.dtype), scan)

"""A linear map for each of several modules, as one batched matrix product."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class GroupedLinear(nn.Module):
    """Module g's own weights and bias on module g's vector."""

    def __init__(self, groups: int, inputs: int, outputs: int, *, bias: bool = True, std: float | None = None):
        """`std` of the first weights; without one they are those of a Linear."""
        super().__init__()
        bound = inputs**-0.5
        weight = torch.empty(groups, inputs, outputs)
        self.weight = nn.Parameter(nn.init.uniform_(weight, -bound, bound) if std is None else weight.normal_(std=std))
        self.bias = nn.Parameter(torch.empty(groups, 1, outputs).uniform_(-bound, bound)) if bias else None

    def forward(self, x: Float[Tensor, "b g i"]) -> Float[Tensor, "b g o"]:
        y = torch.bmm(x.transpose(0, 1), self.weight)
        return (y if self.bias is None else y + self.bias).transpose(0, 1)

"""SlotEncoder: learnable CLS tokens read the tokens of one time step (PAPER §2)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import CrossAttentionBlock


class SlotEncoder(nn.Module):
    """`slots` CLS tokens; `layers` × {self-attention, cross-attention to the step's tokens, MLP}; a linear map."""

    def __init__(self, slots: int, width: int, layers: int, heads: int, mlp_ratio: int):
        super().__init__()
        self.cls = nn.Parameter(torch.randn(slots, width))
        self.blocks = nn.ModuleList(CrossAttentionBlock(width, heads, mlp_ratio) for _ in range(layers))
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Float[Tensor, "b m d"]) -> Float[Tensor, "b k d"]:
        slots = self.cls.to(tokens.dtype)[None]  # one for all steps until they have read them
        for block in self.blocks:
            slots = block(slots, tokens)
        return self.out(slots)

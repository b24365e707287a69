"""Where is the snitch? A transformer with one CLS token over the slots of the last step (PAPER §5).

b batch · k slots · d width
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import SelfAttentionBlock

CELLS = 36  # 6×6, row by row


class SnitchHead(nn.Module):
    """Logits of the grid's cells. The slots have no order here either: none is told its number. Sizes ours."""

    def __init__(self, width: int, heads: int, mlp_ratio: int, layers: int = 2):
        super().__init__()
        self.cls = nn.Parameter(torch.randn(width))
        self.norm_slots = nn.LayerNorm(width)
        self.blocks = nn.Sequential(*(SelfAttentionBlock(width, heads, mlp_ratio) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, CELLS)

    def forward(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b 36"]:
        cls = self.cls.to(slots.dtype).expand(len(slots), 1, -1)
        return self.out(self.norm(self.blocks(torch.cat([cls, self.norm_slots(slots)], dim=1))[:, 0]))

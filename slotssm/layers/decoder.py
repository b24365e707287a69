"""Decoder: position tokens read the slots and say each pixel's palette class (PAPER §1)."""

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import CrossAttentionBlock
from slotssm.layers.position import grid_embedding
from slotssm.layers.tokenizer import SUB


class Decoder(nn.Module):
    """One position token per 4×4 pixels; blocks of {self-attention, cross-attention to the slots, MLP}; linear head."""

    def __init__(self, image_size: int, classes: int, width: int, layers: int, heads: int, mlp_ratio: int):
        super().__init__()
        self.grid = image_size // SUB
        self.classes = classes
        self.position = nn.Parameter(grid_embedding(self.grid, width).flatten(0, 1))
        self.norm_slots = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(CrossAttentionBlock(width, heads, mlp_ratio) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, SUB * SUB * classes)

    def forward(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b c y x"]:
        """Logits (batch, classes, height, width)."""
        context = self.norm_slots(slots)
        x = self.position.to(context.dtype)[None]  # one for all images until they have read the slots
        for block in self.blocks:
            x = block(x, context)
        cells = self.head(self.norm(x)).unflatten(-1, (SUB, SUB, self.classes)).unflatten(1, (self.grid, self.grid))
        return cells.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)

"""Tokenizer: a step's patch, cut in sub-patches of 4×4 pixels, as tokens (PAPER §1)."""

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import MLP
from slotssm.layers.position import grid_embedding

SUB = 4  # side of a sub-patch, pixels


class Tokenizer(nn.Module):
    """Palette classes of a step → tokens: content + position embedding, then an MLP.

    Position is one table over (step's place in its frame, sub-patch's place in its step): the paper's temporal
    and spatial embedding. It repeats with every frame, so that any length can be read (ours).
    """

    def __init__(self, image_size: int, patches_per_side: int, classes: int, width: int):
        super().__init__()
        p = patches_per_side
        if image_size % (p * SUB):
            raise ValueError(
                f"patches of {image_size / p:g} pixels can't be cut in {SUB}×{SUB} sub-patches; "
                f"choose fewer patches or an image size that {p * SUB} divides"
            )
        self.classes = classes
        self.grid = g = image_size // p // SUB
        self.content = nn.Linear(SUB * SUB * classes, width)
        whole = grid_embedding(p * g, width)
        by_step = whole.unflatten(0, (p, g)).unflatten(2, (p, g)).transpose(1, 2)  # (p, p, g, g, width)
        self.position = nn.Parameter(by_step.reshape(p * p, g * g, width).contiguous())
        self.mlp = MLP(width, 2 * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, steps: UInt8[Tensor, "b l p p"], time: Int[Tensor, " l"]) -> Float[Tensor, "b l m d"]:
        """`time`: each step's index in the sequence."""
        b, length, _, _ = steps.shape
        cells = steps.reshape(b, length, self.grid, SUB, self.grid, SUB).transpose(3, 4)
        one_hot = cells.flatten(4)[..., None] == torch.arange(self.classes, dtype=torch.uint8, device=steps.device)
        content = self.content(one_hot.flatten(4).flatten(2, 3).to(self.content.weight.dtype))
        return self.norm(self.mlp(content + self.position[time % len(self.position)]))

"""Tokenizer: a step's patch, cut in sub-patches of 4×4 pixels, as tokens (PAPER §1)."""

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import MLP

SUB = 4  # side of a sub-patch, pixels
POSITION_STD = 0.3  # embeddings that start much smaller delay learning (docs/LOG.md)


class Tokenizer(nn.Module):
    """Palette classes of a step → tokens: content + spatial embedding + temporal embedding, then an MLP.

    The spatial embedding tells the sub-patch's place within the step's image, the temporal one the
    step's place within its frame; it repeats with every frame, so that any length can be read (ours).
    """

    def __init__(self, patch: int, steps_per_frame: int, classes: int, width: int):
        super().__init__()
        if patch % SUB:
            raise ValueError(f"a patch of {patch} pixels can't be cut in {SUB}×{SUB} sub-patches; use fewer patches")
        self.classes = classes
        self.grid = patch // SUB
        self.content = nn.Linear(SUB * SUB * classes, width)
        self.spatial = nn.Parameter(torch.randn(self.grid**2, width) * POSITION_STD)
        self.temporal = nn.Parameter(torch.randn(steps_per_frame, width) * POSITION_STD)
        self.mlp = MLP(width, 2 * width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, steps: UInt8[Tensor, "b l p p"], time: Int[Tensor, " l"]) -> Float[Tensor, "b l m d"]:
        """`time`: each step's index in the sequence."""
        b, length, _, _ = steps.shape
        cells = (
            steps.reshape(b, length, self.grid, SUB, self.grid, SUB).transpose(3, 4).reshape(b, length, -1, SUB * SUB)
        )
        one_hot = cells[..., None] == torch.arange(self.classes, dtype=torch.uint8, device=steps.device)
        content = self.content(one_hot.flatten(-2).to(self.content.weight.dtype))
        place = self.spatial + self.temporal[time % len(self.temporal), None]
        return self.norm(self.mlp(content + place))

"""Tokenizer: a step's patch, cut in sub-patches of 4×4 pixels, as tokens (PAPER §1)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import MLP
from slotssm.layers.position import grid_embedding

SUB = 4  # side of a sub-patch, pixels
WORTH = 16  # times that every place must be seen before blank sub-patches are computed once for all


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
        cells = steps.reshape(b, length, self.grid, SUB, self.grid, SUB).transpose(3, 4).flatten(4).flatten(2, 3)
        place = time % len(self.position)
        shapes_may_vary = steps.device.type == "cpu" and not torch.compiler.is_compiling()  # a GPU would have to wait
        if shapes_may_vary and b * length > WORTH * len(self.position):
            return self._distinct(cells, place)
        return self._tokens(cells, self.position[place].expand(b, -1, -1, -1))

    def _distinct(self, cells: UInt8[Tensor, "b l m s"], place: Int[Tensor, " l"]) -> Float[Tensor, "b l m d"]:
        """The same tokens; those of sub-patches without a ball, which are most, are computed once for each place."""
        m = self.position.shape[1]
        position = self.position.flatten(0, 1)
        where = (place[:, None] * m + torch.arange(m)).expand(cells.shape[:3])
        drawn = (cells != 0).any(dim=3).nonzero(as_tuple=True)
        blank = self._tokens(cells.new_zeros(len(position), cells.shape[3]), position)
        table = torch.cat([blank, self._tokens(cells[drawn], position[where[drawn]])])
        rows = where.clone()
        rows[drawn] = torch.arange(len(position), len(table))
        return F.embedding(rows, table)

    def _tokens(self, cells: UInt8[Tensor, "*n s"], position: Float[Tensor, "*n d"]) -> Float[Tensor, "*n d"]:
        one_hot = F.embedding(cells.int(), torch.eye(self.classes, device=cells.device)).flatten(-2)
        return self.norm(self.mlp(self.content(one_hot.to(self.content.weight.dtype)) + position))

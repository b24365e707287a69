"""CNN encoder: a picture as tokens that know where they are (PAPER §3).

Sizes ours: four 5×5 convolutions as in SAVi for 64² (Kipf et al., arXiv 2111.12594), the first ones with stride 2 until
the paper's downsampling is reached; then, as the tokenizer has it, position embedding, MLP and norm.

n pictures · c channels · y, x pixels · m tokens · f features · d width
"""

import math

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import MLP
from slotssm.layers.position import grid_embedding

LAYERS = 4


class CNNEncoder(nn.Module):
    """RGB pictures in 0…1 → one token for each downsampling² pixels, row by row.

    Raises ValueError unless `downsampling` is a power of 2, at most 16, that divides the image's side.
    """

    def __init__(self, image_size: int, downsampling: int, features: int, width: int):
        super().__init__()
        strides = halvings(image_size, downsampling, LAYERS)
        convs = [
            nn.Conv2d(features if i else 3, features, 5, stride=2 if i < strides else 1, padding=2)
            for i in range(LAYERS)
        ]
        for conv in convs:  # torch's own start shrinks what is seen, layer by layer, until only positions are left
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        self.convs = nn.Sequential(*(layer for conv in convs for layer in (conv, nn.ReLU())))
        self.tokens = PlacedTokens(image_size // downsampling, features, width)

    def forward(self, pictures: Float[Tensor, "n c y x"]) -> Float[Tensor, "n m d"]:
        return self.tokens(self.convs(2 * pictures - 1))


class PlacedTokens(nn.Module):
    """A grid of features as tokens: a linear map, a learned embedding of the place, an MLP, a norm."""

    def __init__(self, side: int, features: int, width: int):
        super().__init__()
        self.project = nn.Linear(features, width)
        self.position = nn.Parameter(grid_embedding(side, width).flatten(0, 1))
        self.mlp = MLP(width, 2 * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, grid: Float[Tensor, "n f y x"]) -> Float[Tensor, "n m d"]:
        return self.norm(self.mlp(self.project(grid.flatten(2).transpose(1, 2)) + self.position))


def halvings(image_size: int, downsampling: int, most: int) -> int:
    """How many strides of 2 make the downsampling. Raises ValueError for one that can't be made."""
    count = round(math.log2(downsampling))
    if 1 << count != downsampling or count > most or image_size % downsampling:
        raise ValueError(
            f"downsampling is {downsampling}, of images of {image_size} pixels; "
            f"choose a power of 2, at most {1 << most}, that divides them"
        )
    return count

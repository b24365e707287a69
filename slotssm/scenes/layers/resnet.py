"""A deeper encoder, for SAVi++ (Elsayed et al., arXiv 2206.07764): residual blocks with group norm, then a transformer.

The paper has a ResNet-34 on 128² and four transformer layers over the tokens; the sizes here are ours. Group norm, as
there: a picture's tokens must not depend on what else is in the batch.

n pictures · c channels · y, x pixels · m tokens · f features · d width
"""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import SelfAttentionBlock
from slotssm.scenes.layers.cnn import PlacedTokens, halvings

GROUPS = 8


class ResNetEncoder(nn.Module):
    """RGB pictures in 0…1 → tokens that have looked at each other: one for each downsampling² pixels.

    One stage of `blocks` residual blocks for each halving, the features doubled from one to the next.
    Raises ValueError for a downsampling that can't be made, or features that 8 doesn't divide.
    """

    def __init__(
        self,
        image_size: int,
        downsampling: int,
        features: int,
        width: int,
        *,
        blocks: int,
        layers: int,
        heads: int,
        mlp_ratio: int,
    ):
        super().__init__()
        if features % GROUPS:
            raise ValueError(f"features is {features}; choose a multiple of {GROUPS}, the groups of the norm")
        self.stem = nn.Conv2d(3, features, 3, padding=1)
        stages: list[nn.Module] = []
        for _ in range(halvings(image_size, downsampling, 4)):
            stages.append(ResidualBlock(features, 2 * features, stride=2))
            features *= 2
            stages += [ResidualBlock(features, features) for _ in range(blocks - 1)]
        self.stages = nn.Sequential(*stages)
        self.tokens = PlacedTokens(image_size // downsampling, features, width)
        self.transformer = nn.Sequential(*(SelfAttentionBlock(width, heads, mlp_ratio) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, pictures: Float[Tensor, "n c y x"]) -> Float[Tensor, "n m d"]:
        return self.norm(self.transformer(self.tokens(self.stages(self.stem(2 * pictures - 1)))))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions, each after a group norm and ReLU, around a skip (He et al., arXiv 1603.05027)."""

    def __init__(self, features: int, out: int, stride: int = 1):
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, features)
        self.conv1 = nn.Conv2d(features, out, 3, stride=stride, padding=1, bias=False)  # the norm after it has one
        self.norm2 = nn.GroupNorm(GROUPS, out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.skip = nn.Identity() if (features, stride) == (out, 1) else nn.Conv2d(features, out, 1, stride=stride)

    def forward(self, x: Float[Tensor, "n f y x"]) -> Float[Tensor, "n g v u"]:
        y = self.conv1(F.relu(self.norm1(x)))
        return self.skip(x) + self.conv2(F.relu(self.norm2(y)))

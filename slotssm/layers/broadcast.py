"""Spatial broadcast decoder: every slot draws an image of its own, and says where it is seen (PAPER §3).

After Watters et al., arXiv 1901.07017, with upsampling as in Locatello et al., arXiv 2006.15055, App. E.

b batch · k slots · d width · c channels · y, x pixels
"""

import math

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.position import grid_embedding
from slotssm.scan.inputs import core_dtype

START = 8  # side of the grid that a slot is broadcast to


class BroadcastDecoder(nn.Module):
    """A slot is copied to every cell of a small grid, positions are added, transposed convolutions double the grid.

    Raises ValueError unless the image's side is 8 times a power of 2.
    """

    def __init__(
        self, image_size: int, width: int, channels: int = 3, *, features: int | None = None, polish: bool = True
    ):
        """`features` of the convolutions; without them, the width. `polish`: two convolutions more at full resolution,
        which take most of the time; without them each pixel's features are read out as they are, as SAVi++ does."""
        super().__init__()
        doublings = round(math.log2(image_size / START))
        if doublings < 0 or START << doublings != image_size:
            raise ValueError(f"image size is {image_size}; this decoder needs {START} times a power of 2")
        self.position = nn.Parameter(grid_embedding(START, width))
        self.norm = nn.LayerNorm(width)
        layers: list[nn.Module] = []
        for _ in range(doublings):
            fine = features or width
            layers += [nn.ConvTranspose2d(width, fine, 5, stride=2, padding=2, output_padding=1), nn.ReLU()]
            # a pixel is reached by a quarter of the taps; torch's own start shrinks what is drawn, layer by layer
            nn.init.normal_(layers[-2].weight, std=(2 * 4 / (25 * width)) ** 0.5)  # pyright: ignore
            width = fine
        if polish:
            layers += [nn.Conv2d(width, width, 5, padding=2), nn.ReLU()]
        layers += [nn.Conv2d(width, channels + 1, 3 if polish else 1, padding=1 if polish else 0)]
        self.convs = nn.Sequential(*layers)

    def forward(self, slots: Float[Tensor, "b k d"]) -> tuple[Float[Tensor, "b c y x"], Float[Tensor, "b k y x"]]:
        """The image, and each slot's share of every pixel (they sum to 1: its mask)."""
        images, alphas = self.layers_of(slots)
        masks = alphas.to(core_dtype(alphas.dtype)).softmax(dim=1)
        return (images * masks[:, :, None]).sum(dim=1), masks

    def layers_of(self, slots: Float[Tensor, "b k d"]) -> tuple[Float[Tensor, "b k c y x"], Float[Tensor, "b k y x"]]:
        """Each slot's image and its alpha logits, before they are put over each other."""
        x = self.norm(slots).flatten(0, 1)[:, None, None] + self.position
        drawn = self.convs(x.permute(0, 3, 1, 2)).unflatten(0, slots.shape[:2])
        return drawn[:, :, :-1], drawn[:, :, -1]

"""Position embeddings of the 4×4-pixel sub-patches of an image."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

STD = 0.3  # embeddings that start much smaller, or flat noise, delay learning (docs/LOG.md)


def grid_embedding(side: int, width: int) -> Float[Tensor, "y x d"]:
    """Where embeddings of a side × side grid start: sines and cosines of both coordinates, periods of 2 cells and up.

    Raises ValueError unless the width is a multiple of 4.
    """
    if width % 4:
        raise ValueError(f"width is {width}; it must be a multiple of 4")
    place = torch.arange(side)[:, None] + 0.5
    waves = place * torch.arange(1, width // 4 + 1) * (math.pi / (width // 4))
    axis = torch.cat([waves.sin(), waves.cos()], dim=1) * (STD * math.sqrt(2))
    return torch.cat([axis[:, None].expand(-1, side, -1), axis[None].expand(side, -1, -1)], dim=-1)

"""When a step is, as an embedding (Vaswani et al., arXiv 1706.03762, §3.5)."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

LONGEST = 10_000  # steps; the longest wave is 2π times that


def time_embedding(time: Int[Tensor, " l"], width: int) -> Float[Tensor, "l d"]:
    """Sines and cosines of a step's index, with periods from 2π steps to 2π · LONGEST. The width is even."""
    rates = torch.exp(torch.arange(width // 2, device=time.device) * (-math.log(LONGEST) * 2 / width))
    angles = time[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)

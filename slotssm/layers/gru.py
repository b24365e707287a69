"""The update of a gated recurrent unit (Cho et al., arXiv 1406.1078), whoever makes the maps that it is fed."""

import torch
from jaxtyping import Float
from torch import Tensor


def gru(
    inputs: Float[Tensor, "b k s3"], states: Float[Tensor, "b k s3"], h: Float[Tensor, "b k s"]
) -> Float[Tensor, "b k s"]:
    """The next state. `inputs`, `states`: linear maps of input and state h, each in parts: reset, keep, candidate."""
    s = h.shape[-1]
    reset, keep = torch.sigmoid(inputs[..., : 2 * s] + states[..., : 2 * s]).chunk(2, dim=-1)
    candidate = torch.tanh(inputs[..., 2 * s :] + reset * states[..., 2 * s :])
    return candidate + keep * (h - candidate)

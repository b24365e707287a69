"""Tensors as the kernels want them: channels in whole blocks of LANES, addresses, strides."""

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from slotssm.scan.cpu.simd import LANES

if TYPE_CHECKING:
    Size = int
else:
    Size = int | torch.SymInt  # torch.compile asks for shapes before it knows the numbers


def whole(channels: Size) -> Size:
    """Channels, filled up to whole blocks."""
    return -(-channels // LANES) * LANES


def pad(x: Tensor, width: int) -> Tensor:
    """The last dimension filled up to a width with zeros; itself where nothing is missing."""
    return x if x.shape[-1] == width else F.pad(x, (0, width - x.shape[-1]))


def cut(x: Tensor, channels: int) -> Tensor:
    """The first channels of the last dimension; itself where there are no more."""
    return x if x.shape[-1] == channels else x[..., :channels].contiguous()


def rows(x: Tensor) -> Tensor:
    """With the elements of the last dimension side by side: mostly itself, as strides of the others don't matter."""
    return x if x.stride(-1) == 1 else x.contiguous()


def address(x: Tensor | None) -> int:
    """Where a tensor's first element lies; 0 for none. Numba takes one much faster than an array."""
    return 0 if x is None else x.data_ptr()


def zero_of(x: Tensor) -> np.floating:
    """A 0 by which a kernel knows the dtype of what lies at its addresses."""
    return np.float32(0.0) if x.dtype == torch.float32 else np.float64(0.0)

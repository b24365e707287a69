"""Tensors as the kernels take them: flat numpy arrays, rows in whole vectors."""

import numpy as np
import torch.nn.functional as F
from torch import Tensor


def whole(size: int, part: int) -> int:
    """A size rounded up to a multiple of a part."""
    return -(-size // part) * part


def pad(x: Tensor, width: int) -> Tensor:
    """Zeros after the last dimension's end, up to a width; the tensor itself where it is that wide."""
    return x if x.shape[-1] == width else F.pad(x, (0, width - x.shape[-1]))


def rows(x: Tensor) -> Tensor:
    """A tensor whose innermost elements lie side by side; the tensor itself where they do."""
    return x if x.stride(-1) == 1 else x.contiguous()


def flat(x: Tensor) -> np.ndarray:
    """All that a tensor's strides reach, as one flat array, without a copy."""
    extent = 1 + sum((size - 1) * stride for size, stride in zip(x.shape, x.stride(), strict=True)) if x.numel() else 0
    return x.detach().as_strided((extent,), (1,)).numpy()

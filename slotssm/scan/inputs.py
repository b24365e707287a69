"""What every scan asks of its tensors, and the precision it computes in."""

import torch
from torch import Tensor


def check(tensors: dict[str, tuple[Tensor | None, tuple[int, ...]]], other: str) -> None:
    """Raise ValueError unless all that are there are of floats, of their shapes, and on the first one's device.

    The kernels trust their inputs with their memory, so nothing else may reach them.
    tensors: each with the shape it must have; these follow from the first one's shape and that of `other`.
    """
    first, (one, _) = next(iter(tensors.items()))
    for name, (tensor, want) in tensors.items():
        if tensor is None or one is None:
            continue
        if tensor.device != one.device:
            raise ValueError(f"{name} is on {tensor.device} and {first} on {one.device}; put all on one device")
        if not tensor.is_floating_point():
            raise ValueError(f"{name} is of {tensor.dtype}; give real floating-point numbers")
        if tuple(tensor.shape) != want:
            shapes = {key: tuple(t.shape) for key, (t, _) in tensors.items() if t is not None}
            given = f"{first} {shapes[first]} and {other} {shapes[other]}"
            raise ValueError(f"{name} is {shapes[name]}, not {want}, for {given}")


def core_dtype(dtype: torch.dtype) -> torch.dtype:
    """What tensors of a dtype are computed in: float64 for float64, float32 for all others."""
    return torch.float64 if dtype == torch.float64 else torch.float32

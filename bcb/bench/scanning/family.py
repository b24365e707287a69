"""A kind of scan: what goes in, what is right, and who computes it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import torch
from torch import Tensor

CHANNELS = 128


@dataclass(frozen=True)
class Size:
    """batch: sequences, that is, batch · slots of a SlotSSM.   length: steps.   state: numbers a channel."""

    batch: int
    length: int
    state: int
    channels: int = CHANNELS

    @property
    def tokens(self) -> int:
        return self.batch * self.length

    def __str__(self) -> str:
        return f"{self.batch} × {self.length} × {self.state}"


Inputs = dict[str, Tensor]  # by the names that our scans give them; Δ = softplus(delta + delta_bias) always
Scan = Callable[..., Tensor]  # (**Inputs) → y


@dataclass(frozen=True)
class Contestant:
    """scan: computes y.   needs: packages that may be missing."""

    scan: Scan
    needs: tuple[str, ...] = ()

    @property
    def missing(self) -> list[str]:
        return [package for package in self.needs if find_spec(package) is None]


@dataclass(frozen=True)
class Family:
    """inputs: of a size, float64 and random, alike at every call. reference: in the precision of its inputs."""

    name: str
    inputs: Callable[[Size], Inputs]
    reference: Scan
    contestants: dict[str, Contestant]

    def skipped(self) -> dict[str, list[str]]:
        """Contestants that can't run here → the packages that they miss."""
        return {name: entrant.missing for name, entrant in self.contestants.items() if entrant.missing}


def gradients(scan: Scan, inputs: Inputs, towards: Tensor) -> list[Tensor]:
    """y, and the gradient of (y · towards).sum() for every input."""
    leaves = {name: tensor.detach().requires_grad_() for name, tensor in inputs.items()}
    y = scan(**leaves)
    return [y.detach(), *torch.autograd.grad(y, list(leaves.values()), towards)]


def errors(family: Family, scan: Scan, size: Size) -> tuple[float, float]:
    """In float32, of y, and of the worst of the gradients: ‖found − right‖ / ‖right‖, where right is in float64."""
    inputs = family.inputs(size)
    right_y = family.reference(**inputs)
    towards = torch.randn(right_y.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    right = gradients(family.reference, inputs, towards)
    found = gradients(scan, {name: tensor.float() for name, tensor in inputs.items()}, towards.float())
    y, *rest = (float((a.double() - b).norm() / b.norm()) for a, b in zip(found, right, strict=True))
    return y, max(rest)

"""What a model is to the rest of the toolkit."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxtyping import Float, UInt8
from torch import Tensor, nn


class SequenceModel(nn.Module):
    """Reads steps, yields features (slots) after every step, decodes any of them to an image.

    `forward` over a whole sequence and repeated `step` give the same numbers, and none sees the future.
    A state is whatever the model needs; `start` makes the first. `config` has at least `image_size`,
    `classes` and `patches_per_side`, which say what data the model reads.

    b batch · l steps · p patch side, pixels · k slots · d width · c palette classes
    """

    config: Any

    @abstractmethod
    def start(self, batch: int) -> Any:
        """The state before the first step."""

    @abstractmethod
    def forward(self, steps: UInt8[Tensor, "b l p p"], state: Any = None) -> tuple[Float[Tensor, "b l k d"], Any]:
        """Slots after every step, and the state after the last."""

    @abstractmethod
    def step(self, step: UInt8[Tensor, "b p p"], state: Any) -> tuple[Float[Tensor, "b k d"], Any]:
        """Slots after one step, and the state after it."""

    @abstractmethod
    def decode(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b c y x"]:
        """Logits of every pixel's palette class."""


@dataclass(frozen=True)
class ModelEntry:
    """A model of the table: its config's type, how to build it, and one line about it.

    `knob` is the size in its config that `slotssm.models.matching` turns until it has as many parameters as a
    SlotSSM; without one the model is taken as it is.
    """

    config: type
    build: Callable[..., SequenceModel]
    summary: str
    knob: str | None = None

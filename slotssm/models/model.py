"""What a model is to the rest of the toolkit."""

from typing import Any, Protocol

from jaxtyping import Float, UInt8
from torch import Tensor


class SequenceModel(Protocol):
    """Reads steps, yields features for every step, decodes any of them to an image.

    `forward` over a whole sequence and repeated `step` give the same numbers, and none sees the future.
    A state is whatever the model needs; `start` makes the first.
    """

    def start(self, batch: int) -> Any: ...

    def forward(self, steps: UInt8[Tensor, "b l p p"], state: Any = None) -> tuple[Float[Tensor, "b l k d"], Any]: ...

    def step(self, step: UInt8[Tensor, "b p p"], state: Any) -> tuple[Float[Tensor, "b k d"], Any]: ...

    def decode(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b c y x"]: ...

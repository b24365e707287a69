"""What models have in common (PAPER §1, §4): tokenizer, slot encoder and decoder. A model is what lies between."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from slotssm.layers.decoder import Decoder
from slotssm.layers.encoder import SlotEncoder
from slotssm.layers.tokenizer import Tokenizer
from slotssm.models.model import SequenceModel
from slotssm.models.sizes import check_sizes


@dataclass(frozen=True)
class SharedConfig:
    """Sizes of the tokenizer, the slot encoder and the decoder; a model's config adds its own.

    Raises ValueError for a size below 1, or a hidden width that the heads can't share.
    """

    image_size: int = 64
    classes: int = 7
    patches_per_side: int = 1
    width: int = 64
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 3
    mlp_ratio: int = 2

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        check_sizes(self)
        hidden = getattr(self, "hidden", self.heads)
        if hidden % self.heads:
            raise ValueError(f"hidden {hidden} can't be shared among {self.heads} heads; choose a multiple")


class SharedModel(SequenceModel):
    """Tokenizer, slot encoder, decoder; a step is a sequence of length 1.

    b batch · l steps · m tokens of a step · k slots · d width · p patch side, pixels · c palette classes
    """

    def __init__(self, config: Any, slots: int | None):
        """`slots`: how many the encoder makes; None for a model that reads the tokens themselves."""
        super().__init__()
        self.config = c = config
        self.tokenizer = Tokenizer(c.image_size, c.patches_per_side, c.classes, c.width)
        self.encoder = SlotEncoder(slots, c.width, c.encoder_layers, c.heads, c.mlp_ratio) if slots else None
        self.decoder = Decoder(c.image_size, c.classes, c.width, c.decoder_layers, c.heads, c.mlp_ratio)

    def read(self, steps: UInt8[Tensor, "b l p p"], first: int) -> Float[Tensor, "b l m d"]:
        """Every step's slots from the encoder, or its tokens without one. `first`: index of the first step."""
        time = first + torch.arange(steps.shape[1], device=steps.device)
        tokens = self.tokenizer(steps, time)
        return tokens if self.encoder is None else self.encoder(tokens.flatten(0, 1)).unflatten(0, steps.shape[:2])

    def step(self, step: UInt8[Tensor, "b p p"], state: Any) -> tuple[Float[Tensor, "b k d"], Any]:
        """Slots after one step, and the state after it."""
        slots, state = self(step[:, None], state)
        return slots[:, 0], state

    def decode(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b c y x"]:
        """Logits of every pixel's palette class."""
        return self.decoder(slots)

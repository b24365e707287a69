"""OC-SlotSSM (PAPER §3): in every layer the slots compete for the input by inverted attention.

The queries are the slots of the layer below, learnable CLS tokens in the first; keys and values are the step's tokens.
Ours: the attention is pre-norm and residual, as everywhere else. On Blinking Color Balls it has the tokenizer and the
decoder that all models share; `slotssm.layers.broadcast` is the decoder of its own tasks.

b batch · l steps · m tokens of a step · k slots · d width · p patch side, pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from slotssm.layers.inverted import InvertedAttention
from slotssm.models.shared import SharedModel
from slotssm.models.slotssm import CoreState, SlotSSMLayer
from slotssm.models.ssm import SSMConfig


@dataclass(frozen=True)
class OCSlotSSMConfig(SSMConfig):
    """Sizes of an OC-SlotSSM: every layer has the same number of slots, and there is no slot encoder."""


class OCSlotSSMState(NamedTuple):
    """Steps read so far, and each layer's state with the slots folded into the batch: (b·k, …)."""

    time: int
    layers: list[CoreState]


class OCSlotSSM(SharedModel):
    """Tokenizer, then layers of inverted attention → SlotSSM → SlotMixer; decoder."""

    def __init__(self, config: OCSlotSSMConfig):
        super().__init__(config, slots=None)
        self.cls = nn.Parameter(torch.randn(config.slots, config.width))
        self.layers = nn.ModuleList(OCSlotSSMLayer(config) for _ in range(config.layers))

    def start(self, batch: int) -> OCSlotSSMState:
        """h_0 = 0."""
        return OCSlotSSMState(0, [layer.ssm.start(batch) for layer in self.layers])  # pyright: ignore

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: OCSlotSSMState | None = None
    ) -> tuple[Float[Tensor, "b l k d"], OCSlotSSMState]:
        """The last layer's slots after every step, and the state after the last. Parallel over time."""
        state = state or self.start(len(steps))
        tokens = self.read(steps, state.time)
        slots = self.cls.to(tokens.dtype).expand(*tokens.shape[:2], -1, -1)
        states = []
        for layer, before in zip(self.layers, state.layers, strict=True):
            slots, after = layer(slots, tokens, before)
            states.append(after)
        return slots, OCSlotSSMState(state.time + steps.shape[1], states)


class OCSlotSSMLayer(nn.Module):
    """Inverted attention, then SlotSSM and SlotMixer."""

    def __init__(self, config: OCSlotSSMConfig):
        super().__init__()
        c = config
        self.norm = nn.LayerNorm(c.width)
        self.attention = InvertedAttention(c.width, c.heads)
        self.ssm = SlotSSMLayer(c.layer_sizes(), c.slots, inputs=c.slots)

    def forward(
        self, slots: Float[Tensor, "b l k d"], tokens: Float[Tensor, "b l m d"], state: CoreState
    ) -> tuple[Float[Tensor, "b l k d"], CoreState]:
        """`slots`: of the layer below."""
        flat = slots.flatten(0, 1)
        slots = (flat + self.attention(self.norm(flat), tokens.flatten(0, 1))).unflatten(0, slots.shape[:2])
        return self.ssm(slots, state)

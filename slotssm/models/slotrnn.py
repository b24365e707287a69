"""SlotRNN (PAPER §4): one GRU, its weights shared by all slots, then self-attention among the new states.

The attended states are both output and next state. Ours: the attention is residual and normed afterwards, for states
that are only added to grow without end (docs/models.md); and a state may be wider than a slot (`hidden`), so that sizes
can be matched: a linear map leads back to the width.

b batch · l steps · k slots · d width · s hidden width · p patch side, pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import Attention
from slotssm.layers.gru import gru
from slotssm.models.shared import SharedConfig, SharedModel


@dataclass(frozen=True)
class SlotRNNConfig(SharedConfig):
    """Sizes of a SlotRNN; `hidden` is the width of a slot's state."""

    slots: int = 6
    hidden: int = 64


class SlotRNNState(NamedTuple):
    """Steps read so far, and every slot's state."""

    time: int
    slots: Float[Tensor, "b k s"]


class SlotRNN(SharedModel):
    """Slot encoder, GRU, self-attention; decoder."""

    def __init__(self, config: SlotRNNConfig):
        super().__init__(config, config.slots)
        c = config
        self.norm = nn.LayerNorm(c.width)
        self.inputs = nn.Linear(c.width, 3 * c.hidden)
        self.states = nn.Linear(c.hidden, 3 * c.hidden)
        self.attention = Attention(c.hidden, c.heads)
        self.norm_attended = nn.LayerNorm(c.hidden)
        self.out = nn.Linear(c.hidden, c.width)

    def start(self, batch: int) -> SlotRNNState:
        """h_0 = 0."""
        return SlotRNNState(0, self.out.weight.new_zeros(batch, self.config.slots, self.config.hidden))

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: SlotRNNState | None = None
    ) -> tuple[Float[Tensor, "b l k d"], SlotRNNState]:
        """The slots after every step, and the state after the last. One step after the other."""
        state = state or self.start(len(steps))
        h, states = state.slots, []
        for inputs in self.inputs(self.norm(self.read(steps, state.time))).unbind(1):
            h = self.recur(inputs, h)
            states.append(h)
        states = torch.stack(states, 1) if states else h[:, None][:, :0]  # of no steps, no slots
        return self.out(states), SlotRNNState(state.time + steps.shape[1], h)

    def recur(self, inputs: Float[Tensor, "b k s3"], h: Float[Tensor, "b k s"]) -> Float[Tensor, "b k s"]:
        """Every slot for itself, then among each other."""
        h = gru(inputs, self.states(h), h)
        return self.norm_attended(h + self.attention(h, h))

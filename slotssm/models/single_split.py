"""Single State SSM (Split) (PAPER §4): slots in the encoder and the decoder, one monolithic state between them.

The slots of a step are concatenated for the SSM, and what comes out is split in slots again. Ours: linear maps lead
from the k·d numbers of all slots to the SSM's width (`hidden`) and back, so that sizes can be matched.

b batch · l steps · k slots · d width · p patch side, pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float, UInt8
from torch import Tensor, nn

from slotssm.models.shared import SharedModel
from slotssm.models.slotssm import CoreState, SlotSSMLayer
from slotssm.models.ssm import SSMConfig


@dataclass(frozen=True)
class SplitSSMConfig(SSMConfig):
    """Sizes of a Single State SSM (Split); `hidden` is the width of its SSM."""

    hidden: int = 64


class SplitSSMState(NamedTuple):
    """Steps read so far, and each layer's state."""

    time: int
    layers: list[CoreState]


class SplitSSM(SharedModel):
    """Slot encoder, the slots joined, layers of a SlotSSM with one slot, the slots parted; decoder."""

    def __init__(self, config: SplitSSMConfig):
        super().__init__(config, config.slots)
        c = config
        sizes = c.layer_sizes()
        self.join = nn.Linear(c.slots * c.width, c.hidden)
        self.layers = nn.ModuleList(SlotSSMLayer(sizes, slots=1, inputs=1) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.hidden)
        self.part = nn.Linear(c.hidden, c.slots * c.width)

    def start(self, batch: int) -> SplitSSMState:
        """h_0 = 0."""
        return SplitSSMState(0, [layer.start(batch) for layer in self.layers])  # pyright: ignore[reportCallIssue]

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: SplitSSMState | None = None
    ) -> tuple[Float[Tensor, "b l k d"], SplitSSMState]:
        """The slots after every step, and the state after the last. Parallel over time."""
        state = state or self.start(len(steps))
        slots = self.read(steps, state.time)
        x, states = self.join(slots.flatten(2))[:, :, None], []
        for layer, before in zip(self.layers, state.layers, strict=True):
            x, after = layer(x, before)
            states.append(after)
        slots = self.part(self.norm(x[:, :, 0])).unflatten(-1, slots.shape[2:])
        return slots, SplitSSMState(state.time + steps.shape[1], states)

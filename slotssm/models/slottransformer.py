"""SlotTransformer (PAPER §4): the slots of all steps attend to each other, causally in time.

A slot sees every slot of its own and of earlier steps, so the cost of a step grows with its index. The tokenizer's
positions repeat with every frame; attention, which has no state to count with, is told the step's index besides (ours).

b batch · l steps · k slots · d width · p patch side, pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from slotssm.layers.cache import Cache
from slotssm.layers.causal import CausalBlock
from slotssm.layers.waves import time_embedding
from slotssm.models.shared import SharedConfig, SharedModel


@dataclass(frozen=True)
class SlotTransformerConfig(SharedConfig):
    """Sizes of a SlotTransformer."""

    slots: int = 6
    layers: int = 3


class SlotTransformerState(NamedTuple):
    """Steps read so far, and each layer's keys and values of all their slots."""

    time: int
    layers: list[Cache]


class SlotTransformer(SharedModel):
    """Slot encoder, time embedding, layers of attention over all slots so far; decoder."""

    def __init__(self, config: SlotTransformerConfig):
        super().__init__(config, config.slots)
        c = config
        self.layers = nn.ModuleList(CausalBlock(c.width, c.heads, c.mlp_ratio) for _ in range(c.layers))

    def start(self, batch: int) -> SlotTransformerState:
        """Nothing seen."""
        return SlotTransformerState(0, [layer.start(batch) for layer in self.layers])  # pyright: ignore[reportCallIssue]

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: SlotTransformerState | None = None
    ) -> tuple[Float[Tensor, "b l k d"], SlotTransformerState]:
        """The last layer's slots after every step, and the state after the last. Parallel over time."""
        state = state or self.start(len(steps))
        slots = self.read(steps, state.time)
        time = state.time + torch.arange(steps.shape[1], device=steps.device)
        x = (slots + time_embedding(time, slots.shape[-1])[:, None].to(slots.dtype)).flatten(1, 2)
        caches = []
        for layer, before in zip(self.layers, state.layers, strict=True):
            x, after = layer(x, before, slots.shape[2])
            caches.append(after)
        return x.unflatten(1, slots.shape[1:3]), SlotTransformerState(state.time + steps.shape[1], caches)

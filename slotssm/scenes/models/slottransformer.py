"""SlotTransformer on pictures (PAPER §4, §5): the slots of all frames attend to each other, causally in time.

The layers are those of `slotssm.models.slottransformer`; as there, the index of the frame is added to the slots.

b batch · t frames · k slots · d width · y, x pixels
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.causal import CausalBlock
from slotssm.layers.encoder import SlotEncoder
from slotssm.layers.waves import time_embedding
from slotssm.models.slottransformer import SlotTransformerState
from slotssm.scenes.models.config import SceneConfig
from slotssm.scenes.models.model import SceneModel


@dataclass(frozen=True)
class SceneSlotTransformerConfig(SceneConfig):
    """Sizes of a SlotTransformer."""

    layers: int = 3
    encoder_layers: int = 3


class SceneSlotTransformer(SceneModel):
    """CNN; slot encoder; layers of attention over all slots so far; decoder."""

    def __init__(self, config: SceneSlotTransformerConfig):
        super().__init__(config)
        c = config
        self.slot_encoder = SlotEncoder(c.slots, c.width, c.encoder_layers, c.heads, c.mlp_ratio)
        self.layers = nn.ModuleList(CausalBlock(c.width, c.heads, c.mlp_ratio) for _ in range(c.layers))

    def start(self, batch: int) -> SlotTransformerState:
        """Nothing seen."""
        return SlotTransformerState(0, [layer.start(batch) for layer in self.layers])  # pyright: ignore[reportCallIssue]

    def read(
        self, video: Float[Tensor, "b t 3 y x"], state: SlotTransformerState | None = None
    ) -> tuple[Float[Tensor, "b t k d"], SlotTransformerState]:
        """The last layer's slots after every frame, and the state after the last. Parallel over time."""
        first, layers = state or self.start(len(video))
        slots = self.slot_encoder(self.encode(video).flatten(0, 1)).unflatten(0, video.shape[:2])
        time = first + torch.arange(video.shape[1], device=video.device)
        x = (slots + time_embedding(time, slots.shape[-1])[:, None].to(slots.dtype)).flatten(1, 2)
        caches = []
        for layer, before in zip(self.layers, layers, strict=True):
            x, after = layer(x, before, slots.shape[2])
            caches.append(after)
        return x.unflatten(1, slots.shape[1:3]), SlotTransformerState(first + video.shape[1], caches)

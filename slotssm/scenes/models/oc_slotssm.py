"""OC-SlotSSM on pictures (PAPER §3): the layers of `slotssm.models.oc_slotssm` between CNN and broadcast decoder.

b batch · t frames · k slots · d width · y, x pixels
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.models.oc_slotssm import OCSlotSSMLayer
from slotssm.models.slotssm import CoreState
from slotssm.scenes.models.config import SceneSSMConfig
from slotssm.scenes.models.model import SceneModel


class SceneOCSlotSSM(SceneModel):
    """CNN; layers of inverted attention to the picture's tokens → SlotSSM → SlotMixer; decoder."""

    def __init__(self, config: SceneSSMConfig):
        super().__init__(config)
        self.cls = nn.Parameter(torch.randn(config.slots, config.width))
        self.layers = nn.ModuleList(OCSlotSSMLayer(config.sizes()) for _ in range(config.layers))

    def start(self, batch: int) -> list[CoreState]:
        """h_0 = 0, in every layer."""
        return [layer.ssm.start(batch) for layer in self.layers]  # pyright: ignore

    def read(
        self, video: Float[Tensor, "b t 3 y x"], state: list[CoreState] | None = None
    ) -> tuple[Float[Tensor, "b t k d"], list[CoreState]]:
        """The last layer's slots after every frame, and the layers' states after the last. Parallel over time."""
        tokens, after = self.encode(video), []
        slots = self.cls.to(tokens.dtype).expand(*tokens.shape[:2], -1, -1)
        for layer, before in zip(self.layers, state or self.start(len(video)), strict=True):
            slots, now = layer(slots, tokens, before)
            after.append(now)
        return slots, after

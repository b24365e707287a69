"""SlotSSM on pictures (PAPER §2, §5): the layers of `slotssm.models.slotssm` between CNN and broadcast decoder.

b batch · t frames · k slots · d width · y, x pixels
"""

from dataclasses import dataclass, replace

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.models.slotssm import CoreState, SlotSSMLayer
from slotssm.scenes.models.config import SceneSSMConfig
from slotssm.scenes.models.model import SceneModel


@dataclass(frozen=True)
class SceneSlotSSMConfig(SceneSSMConfig):
    """Sizes of a SlotSSM; every layer has the same number of slots, so only the first has a slot encoder."""

    encoder_layers: int = 3


class SceneSlotSSM(SceneModel):
    """CNN; slot encoder; layers of SlotSSM → SlotMixer; decoder."""

    def __init__(self, config: SceneSlotSSMConfig):
        super().__init__(config)
        sizes = replace(config.sizes().layer_sizes(), encoder_layers=config.encoder_layers)
        self.layers = nn.ModuleList(
            SlotSSMLayer(sizes, config.slots, inputs=config.slots if i else None) for i in range(config.layers)
        )

    def start(self, batch: int) -> list[CoreState]:
        """h_0 = 0, in every layer."""
        return [layer.start(batch) for layer in self.layers]  # pyright: ignore[reportCallIssue]

    def read(
        self, video: Float[Tensor, "b t 3 y x"], state: list[CoreState] | None = None
    ) -> tuple[Float[Tensor, "b t k d"], list[CoreState]]:
        """The last layer's slots after every frame, and the layers' states after the last. Parallel over time."""
        x, after = self.encode(video), []
        for layer, before in zip(self.layers, state or self.start(len(video)), strict=True):
            x, now = layer(x, before)
            after.append(now)
        return x, after

"""Single State SSM (PAPER §4): the same architecture with one monolithic state, that is, one CLS token."""

from dataclasses import dataclass
from typing import ClassVar

from slotssm.models.slotssm import SlotSSM, SlotSSMConfig


@dataclass(frozen=True)
class SingleSSMConfig:
    """Sizes of a Single State SSM; at equal width and layers, a SlotSSM's parameters less its other CLS tokens."""

    image_size: int = 64
    classes: int = 7
    patches_per_side: int = 1
    width: int = 64
    layers: int = 3
    state: int = 16
    expand: int = 2
    conv: int = 4
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 3
    mlp_ratio: int = 2

    __pydantic_config__: ClassVar = {"extra": "forbid"}


def build_single(config: SingleSSMConfig) -> SlotSSM:
    """A SlotSSM with one slot in every layer."""
    c = config
    return SlotSSM(
        SlotSSMConfig(
            image_size=c.image_size,
            classes=c.classes,
            patches_per_side=c.patches_per_side,
            width=c.width,
            slots=(1,) * c.layers,
            state=c.state,
            expand=c.expand,
            conv=c.conv,
            heads=c.heads,
            encoder_layers=c.encoder_layers,
            decoder_layers=c.decoder_layers,
            mlp_ratio=c.mlp_ratio,
        )
    )

"""Single State SSM (PAPER §4): the same architecture with one monolithic state, that is, one CLS token."""

from dataclasses import asdict, dataclass
from typing import ClassVar

from slotssm.models.sizes import check_sizes
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
    core: str = "mamba1"
    head_size: int = 32

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        check_sizes(self)
        self.as_slotssm()

    def as_slotssm(self) -> SlotSSMConfig:
        """One slot in every layer. Raises ValueError for a wrong core."""
        sizes = asdict(self)
        return SlotSSMConfig(slots=(1,) * sizes.pop("layers"), **sizes)


def build_single(config: SingleSSMConfig) -> SlotSSM:
    """A SlotSSM with one slot in every layer."""
    return SlotSSM(config.as_slotssm())

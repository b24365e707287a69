"""Sizes of the models whose layers are a SlotSSM's (PAPER §3, §4)."""

from dataclasses import dataclass

from slotssm.models.shared import SharedConfig
from slotssm.models.slotssm import SlotSSMConfig


@dataclass(frozen=True)
class SSMConfig(SharedConfig):
    """Slots, and the sizes of the layers; for `core` and `head_size`, see `SlotSSMConfig`."""

    slots: int = 6
    layers: int = 3
    state: int = 16
    expand: int = 2
    conv: int = 4
    core: str = "mamba1"
    head_size: int = 32

    def __post_init__(self):
        super().__post_init__()
        self.layer_sizes()

    def layer_sizes(self) -> SlotSSMConfig:
        """What a SlotSSMLayer is built from: `hidden` wide if there is one. Raises ValueError for a wrong core."""
        width = getattr(self, "hidden", self.width)
        shared = ("heads", "mlp_ratio", "state", "expand", "conv", "core", "head_size")
        return SlotSSMConfig(width=width, **{name: getattr(self, name) for name in shared})

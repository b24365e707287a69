"""Sizes that the models of scenes have in common, and what they draw."""

from dataclasses import dataclass
from typing import ClassVar

from slotssm.models.oc_slotssm import OCSlotSSMConfig
from slotssm.models.sizes import check_sizes

TARGETS = {"rgb": 3, "depth": 1}  # channels of what a slot can draw; depth as log(1 + metres)

MAX_SLOTS = 255


@dataclass(frozen=True)
class SceneConfig:
    """Sizes of encoder and decoder; a model's config adds its own.

    targets: what is drawn, in this order of channels.   features, decoder_features: of the convolutions.
    downsampling: side of a token, pixels.               width, heads, mlp_ratio: of slots and tokens.
    slots: 255 at the most, so that a byte can name each.
    Raises ValueError for a size below 1 or too many slots, or targets that are none.
    """

    image_size: int = 64
    targets: tuple[str, ...] = ("rgb",)
    slots: int = 6
    width: int = 64
    heads: int = 4
    mlp_ratio: int = 2
    features: int = 32
    downsampling: int = 2
    decoder_features: int = 32

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        check_sizes(self)
        if self.slots > MAX_SLOTS:
            raise ValueError(f"slots is {self.slots}; take {MAX_SLOTS} or fewer")
        if not self.targets or len(set(self.targets)) < len(self.targets) or set(self.targets) - TARGETS.keys():
            raise ValueError(f"targets is {self.targets}; choose some of: {', '.join(TARGETS)}")
        if self.width % self.heads:
            raise ValueError(f"width {self.width} can't be shared among {self.heads} heads; choose a multiple")

    @property
    def channels(self) -> int:
        """Of the picture that is drawn."""
        return sum(TARGETS[target] for target in self.targets)


@dataclass(frozen=True)
class SceneSSMConfig(SceneConfig):
    """Sizes of a model whose layers are a SlotSSM's; see `slotssm.models.slotssm.SlotSSMConfig`."""

    layers: int = 3
    state: int = 16
    expand: int = 2
    conv: int = 4
    core: str = "mamba1"
    head_size: int = 32

    def __post_init__(self):
        super().__post_init__()
        self.sizes()

    def sizes(self) -> OCSlotSSMConfig:
        """What the layers are built from. Raises ValueError for a wrong core."""
        names = ["width", "slots", "heads", "mlp_ratio", "layers", "state", "expand", "conv", "core", "head_size"]
        return OCSlotSSMConfig(**{name: getattr(self, name) for name in names})

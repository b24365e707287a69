"""Transformer (PAPER §4): one embedding per time step, that is, a SlotTransformer with one slot."""

from dataclasses import asdict, dataclass

from slotssm.models.shared import SharedConfig
from slotssm.models.slottransformer import SlotTransformer, SlotTransformerConfig


@dataclass(frozen=True)
class TransformerConfig(SharedConfig):
    """Sizes of a Transformer."""

    layers: int = 3


def build_transformer(config: TransformerConfig) -> SlotTransformer:
    """A SlotTransformer with one slot."""
    return SlotTransformer(SlotTransformerConfig(slots=1, **asdict(config)))

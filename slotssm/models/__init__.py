"""The models: one file each, listed here. To add one, open `slotssm.py` and write its sibling."""

from collections.abc import Callable
from dataclasses import dataclass

from slotssm.models.model import SequenceModel
from slotssm.models.single import SingleSSMConfig, build_single
from slotssm.models.slotssm import SlotSSM, SlotSSMConfig


@dataclass(frozen=True)
class ModelEntry:
    """A model of the table: its config's type, how to build it, and one line about it."""

    config: type
    build: Callable[..., SequenceModel]
    summary: str


MODELS: dict[str, ModelEntry] = {
    "slotssm": ModelEntry(SlotSSMConfig, SlotSSM, "SlotSSM with the Mamba-1 core (PAPER §2)"),
    "single": ModelEntry(
        SingleSSMConfig, build_single, "Single State SSM: the same with one monolithic state (PAPER §4)"
    ),
}

__all__ = ["MODELS", "ModelEntry", "SequenceModel"]

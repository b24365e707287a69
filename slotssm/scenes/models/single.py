"""Single State SSM on pictures (PAPER §4): a SlotSSM with one slot. It draws the whole picture, so it has no map."""

from dataclasses import dataclass

from slotssm.scenes.models.slotssm import SceneSlotSSM, SceneSlotSSMConfig


@dataclass(frozen=True)
class SceneSingleConfig(SceneSlotSSMConfig):
    """Sizes of a Single State SSM; `slots` is 1."""

    slots: int = 1

    def __post_init__(self):
        super().__post_init__()
        if self.slots != 1:
            raise ValueError(f"slots is {self.slots}; a Single State SSM has one")


def build_single(config: SceneSingleConfig) -> SceneSlotSSM:
    """A SlotSSM with one slot in every layer."""
    return SceneSlotSSM(config)

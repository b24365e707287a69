"""The models of scenes: one file each, listed here. To add one, open `oc_slotssm.py` and write its sibling."""

from slotssm.scenes.models.config import SceneSSMConfig
from slotssm.scenes.models.model import SceneEntry, SceneModel, SceneOutput
from slotssm.scenes.models.oc_slotssm import SceneOCSlotSSM
from slotssm.scenes.models.savi import SAVi, SAViConfig
from slotssm.scenes.models.savi_plus import SAViPlusConfig, build_savi_plus
from slotssm.scenes.models.single import SceneSingleConfig, build_single
from slotssm.scenes.models.slotssm import SceneSlotSSM, SceneSlotSSMConfig
from slotssm.scenes.models.slottransformer import SceneSlotTransformer, SceneSlotTransformerConfig

SCENE_MODELS = {
    "savi": SceneEntry(SAViConfig, SAVi, "SAVi: Slot Attention corrects what a transformer predicts (2111.12594)"),
    "savi++": SceneEntry(SAViPlusConfig, build_savi_plus, "SAVi++: a deeper encoder, depth for a target (2206.07764)"),
    "oc-slotssm": SceneEntry(SceneSSMConfig, SceneOCSlotSSM, "OC-SlotSSM: slots compete in every layer (PAPER §3)"),
    "slotssm": SceneEntry(SceneSlotSSMConfig, SceneSlotSSM, "SlotSSM: a state space model of slots (PAPER §2)"),
    "single": SceneEntry(SceneSingleConfig, build_single, "Single State SSM: the same with one slot (PAPER §4)"),
    "slottransformer": SceneEntry(
        SceneSlotTransformerConfig, SceneSlotTransformer, "SlotTransformer: slots of all frames attend (PAPER §4)"
    ),
}

__all__ = ["SCENE_MODELS", "SceneEntry", "SceneModel", "SceneOutput"]

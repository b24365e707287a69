"""The models: one file each, listed here. To add one, open `slotrnn.py` and write its sibling.

Other packages add theirs by an entry point of the group `bcb.models` (docs/models.md).
"""

from slotssm.models.model import ModelEntry, SequenceModel
from slotssm.models.oc_slotssm import OCSlotSSM, OCSlotSSMConfig
from slotssm.models.rim import RIM, RIMConfig
from slotssm.models.single import SingleSSMConfig, build_single
from slotssm.models.single_split import SplitSSM, SplitSSMConfig
from slotssm.models.slotrnn import SlotRNN, SlotRNNConfig
from slotssm.models.slotssm import SlotSSM, SlotSSMConfig
from slotssm.models.slottransformer import SlotTransformer, SlotTransformerConfig
from slotssm.models.table import ModelTable
from slotssm.models.transformer import TransformerConfig, build_transformer

MODELS = ModelTable(
    {
        "slotssm": ModelEntry(SlotSSMConfig, SlotSSM, "SlotSSM: a state space model of slots (PAPER §2)"),
        "single": ModelEntry(
            SingleSSMConfig, build_single, "Single State SSM: the same with one monolithic state (PAPER §4)"
        ),
        "single-split": ModelEntry(
            SplitSSMConfig, SplitSSM, "Single State SSM (Split): slots, but one state for them all (PAPER §4)", "hidden"
        ),
        "transformer": ModelEntry(
            TransformerConfig, build_transformer, "Transformer: one embedding per step, causal (PAPER §4)", "layers"
        ),
        "slottransformer": ModelEntry(
            SlotTransformerConfig,
            SlotTransformer,
            "SlotTransformer: the slots of all steps attend, causally in time (PAPER §4)",
            "layers",
        ),
        "slotrnn": ModelEntry(
            SlotRNNConfig, SlotRNN, "SlotRNN: a GRU shared by the slots, and attention among them (PAPER §4)", "hidden"
        ),
        "rim": ModelEntry(RIMConfig, RIM, "RIM: modules with weights of their own, some of which update (PAPER §4)"),
        "oc-slotssm": ModelEntry(
            OCSlotSSMConfig, OCSlotSSM, "OC-SlotSSM: slots compete for the input in every layer (PAPER §3)", "layers"
        ),
    }
)

__all__ = ["MODELS", "ModelEntry", "SequenceModel"]

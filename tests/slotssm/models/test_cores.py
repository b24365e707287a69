"""The models whose layers are a SlotSSM's take its cores."""

import pytest

from slotssm.models import MODELS
from slotssm.models.check import check_model

SIZES = {"image_size": 16, "classes": 5, "patches_per_side": 2, "width": 16, "heads": 2, "state": 4, "head_size": 8}


@pytest.mark.parametrize(("name", "own"), [("oc-slotssm", {"slots": 3}), ("single-split", {"slots": 3, "hidden": 24})])
@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_both_cores(name, own, core):
    entry = MODELS[name]
    check_model(entry.build(entry.config(**SIZES, **own, core=core)))


@pytest.mark.parametrize("name", ["oc-slotssm", "single-split"])
def test_an_unknown_core_is_refused(name):
    with pytest.raises(ValueError, match="mamba3"):
        MODELS[name].config(core="mamba3")

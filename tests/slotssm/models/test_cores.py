"""The models whose layers are a SlotSSM's take its cores."""

import pytest
import torch

from slotssm.models import MODELS
from slotssm.models.check import check_model
from tests.slotssm.test_models import IDLE

SIZES = {"image_size": 16, "classes": 5, "patches_per_side": 2, "width": 16, "heads": 2, "state": 4, "head_size": 8}


@pytest.mark.parametrize(("name", "own"), [("oc-slotssm", {"slots": 3}), ("single-split", {"slots": 3, "hidden": 24})])
@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_both_cores(name, own, core):
    entry = MODELS[name]
    check_model(entry.build(entry.config(**SIZES, **own, core=core)), idle=IDLE[name])


@pytest.mark.parametrize("name", ["slotssm", "single", "oc-slotssm", "single-split"])
@pytest.mark.parametrize(("wrong", "says"), [({"core": "mamba3"}, "mamba3"), ({"head_size": 7}, "divides")])
def test_a_wrong_core_is_refused_by_the_config(name, wrong, says):
    with pytest.raises(ValueError, match=says):
        MODELS[name].config(**{"core": "mamba2"} | wrong)


def test_heads_share_the_width_of_the_ssm():
    """Of a Single State SSM (Split) that is `hidden`, whatever the slots' width."""
    config = MODELS["single-split"].config
    config(width=20, hidden=32, head_size=64, core="mamba2")
    with pytest.raises(ValueError, match="= 40"):
        config(width=32, hidden=20, head_size=64, core="mamba2")


@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_a_model_in_float64_computes_in_float64(core):
    """So what a state remembers is exact to a float64's rounding: a sequence cut in two is the whole."""
    entry = MODELS["slotssm"]
    model = entry.build(entry.config(**SIZES, slots=(3, 2), core=core)).double().eval()
    steps = torch.randint(0, 5, (2, 8, 8, 8), dtype=torch.uint8)
    whole, last = model(steps)
    _, state = model(steps[:, :5])
    rest, _ = model(steps[:, 5:], state)
    assert {t.dtype for layer in last.layers for t in layer} == {whole.dtype} == {torch.float64}
    torch.testing.assert_close(rest, whole[:, 5:], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_the_state_of_a_model_in_half_precision_is_float32(core):
    entry = MODELS["slotssm"]
    model = entry.build(entry.config(**SIZES, slots=(3,), core=core)).bfloat16()
    slots, state = model(torch.zeros(2, 4, 8, 8, dtype=torch.uint8))
    assert (slots.dtype, state.layers[0].scan.dtype) == (torch.bfloat16, torch.float32)


@pytest.mark.parametrize("core", ["mamba1", "mamba2"])
def test_shapes_alone_can_be_computed(core):
    """On torch's device `meta`, forward and back."""
    entry = MODELS["slotssm"]
    with torch.device("meta"):
        model = entry.build(entry.config(**SIZES, slots=(3,), core=core))
        slots, _ = model(torch.zeros(2, 4, 8, 8, dtype=torch.uint8))
    slots.sum().backward()
    assert slots.shape == (2, 4, 3, 16)
    reached = [p.grad for name, p in model.named_parameters() if not name.startswith("decoder")]
    assert all(g is not None and g.is_meta for g in reached)

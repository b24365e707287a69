"""Which models treat their slots alike, and which must not."""

import copy
import dataclasses

import pytest
import torch

from slotssm.models import MODELS

SIZES = {"image_size": 16, "classes": 5, "patches_per_side": 2, "width": 16, "hidden": 16, "state": 4, "heads": 2}
ALIKE = ("slottransformer", "slotrnn", "oc-slotssm")  # SlotSSM: tests/slotssm/test_models.py
ORDER = torch.tensor([2, 0, 4, 1, 3])


def build(name):
    torch.manual_seed(0)
    has = {field.name for field in dataclasses.fields(MODELS[name].config)}
    sizes = {key: value for key, value in (SIZES | {"slots": len(ORDER)}).items() if key in has}
    return MODELS[name].build(MODELS[name].config(**sizes)).eval()


def with_permuted_cls(model):
    twin = copy.deepcopy(model)
    [cls] = [p for name, p in twin.named_parameters() if name.split(".")[-1] == "cls"]
    with torch.no_grad():
        cls.copy_(cls[ORDER])
    return twin


def steps():
    return torch.randint(0, 5, (2, 9, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", ALIKE)
def test_permuting_the_first_slots_permutes_the_last_and_leaves_the_image(name):
    model = build(name)
    twin = with_permuted_cls(model)
    slots, permuted = model(steps())[0], twin(steps())[0]
    torch.testing.assert_close(permuted, slots[:, :, ORDER], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(twin.decode(permuted[:, -1]), model.decode(slots[:, -1]), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(slots[:, -1], slots[:, -1, ORDER])  # and it is no empty promise


def test_one_state_for_all_knows_its_slots_apart():
    model = build("single-split")
    slots, permuted = model(steps())[0], with_permuted_cls(model)(steps())[0]
    assert not torch.allclose(permuted, slots[:, :, ORDER], rtol=1e-2, atol=1e-2)


def test_every_slot_of_a_slottransformer_sees_every_slot_of_its_step_and_none_of_the_next():
    model = build("slottransformer")
    layer = model.layers[0]
    x = torch.randn(1, 4 * 5, 16)
    before, _ = layer(x, layer.start(1), 5)
    for place in (7, 11):  # of steps 1 and 2
        other = x.clone()
        other[:, place] += torch.randn(16)
        changed = (layer(other, layer.start(1), 5)[0] != before).any(dim=-1)[0]
        assert changed.tolist() == [i // 5 >= place // 5 for i in range(20)]


@pytest.mark.parametrize("name", ["slotrnn", "rim"])
def test_states_stay_bounded_over_thousands_of_steps(name):
    for seed in range(3):
        torch.manual_seed(seed)
        config = dataclasses.replace(build(name).config, patches_per_side=4)
        model = MODELS[name].build(config).eval()
        with torch.inference_mode():
            slots, _ = model(torch.randint(0, 5, (1, 2000, 4, 4), dtype=torch.uint8))
        assert slots.abs().max() < 10

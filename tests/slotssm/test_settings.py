"""Settings that no model or training can have are refused by name."""

import dataclasses

import pytest

from slotssm.models import MODELS
from slotssm.predict import pick_device
from slotssm.recipe import TrainConfig

SIZES = [
    (name, field.name)
    for name, entry in MODELS.items()
    for field in dataclasses.fields(entry.config)
    if field.type in (int, "int")
]


@pytest.mark.parametrize(("model", "size"), SIZES)
@pytest.mark.parametrize("value", [0, -4])
def test_sizes_below_one(model, size, value):
    with pytest.raises(ValueError, match=f"^{size} is {value}; it must be at least 1"):
        MODELS[model].config(**{size: value})


def test_every_model_has_sizes():
    assert {name for name, _ in SIZES} == set(MODELS)


@pytest.mark.parametrize(
    ("name", "value"), [("ramp", -2), ("decay", -5), ("checkpoint_minutes", -1.0), ("workers", -1)]
)
def test_settings_of_a_training(name, value):
    with pytest.raises(ValueError, match=f"^{name} is {value}"):
        TrainConfig(**{name: value})


@pytest.mark.parametrize("device", ["nonsense", "meta"])
def test_devices_that_give_nothing_back(device):
    with pytest.raises(ValueError, match=f"device '{device}' can't be used here"):
        pick_device(device)

"""Sizes that make the models comparable."""

import functools

import pytest

from slotssm.models import MODELS
from slotssm.models.matching import configure, count_parameters, match

PAPER = {"width": 128, "layers": 3, "slots": 6, "image_size": 64, "classes": 7, "patches_per_side": 8}
SMALL = {"width": 64, "layers": 3, "slots": 4, "image_size": 32, "classes": 7, "patches_per_side": 1}


def counts(sizes):
    return _counts(tuple(sizes.items()))


@functools.cache
def _counts(items):
    sizes = dict(items)
    return {name: count_parameters(MODELS[name], configure(name, **sizes)) for name in MODELS}


@pytest.mark.parametrize("sizes", [PAPER, SMALL])
def test_all_models_have_a_slotssms_parameters_but_for_rim(sizes):
    found = counts(sizes)
    for name, count in found.items():
        if name != "rim":
            assert abs(count / found["slotssm"] - 1) < 0.05, f"{name}: {count}"


def test_rim_is_larger_by_construction():
    found = counts(PAPER)
    assert 1.1 < found["rim"] / found["slotssm"] < 1.2
    more = counts(PAPER | {"slots": 12})  # its weights grow with its modules
    assert more["rim"] - found["rim"] > 0.4 * found["slotssm"]
    assert more["slotssm"] - found["slotssm"] == 6 * 128


def test_the_sizes_of_the_encoder_and_the_decoder_are_everyones():
    for name in MODELS:
        config = configure(name, **PAPER)
        assert (config.width, config.encoder_layers, config.decoder_layers, config.heads) == (128, 3, 3, 4), name
    assert configure("slotssm", **PAPER).slots == (6, 6, 6)
    assert configure("slottransformer", **PAPER).slots == 6


@pytest.mark.parametrize(("slots", "active"), [(6, 4), (4, 3), (3, 2), (1, 1)])
def test_two_of_three_modules_are_active(slots, active):
    assert configure("rim", **(PAPER | {"slots": slots})).active == active


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.knob])
def test_the_knob_is_turned_to_the_nearest_it_can(name):
    entry, config = MODELS[name], configure(name, **SMALL)
    knob, target = str(entry.knob), count_parameters(entry, config)
    for near in (target - 10, target + 10):
        assert match(entry, config, near) == config
    small = match(entry, config, 1)  # less than there can be: the least
    assert getattr(small, knob) == {"layers": 1, "hidden": 8}[knob]

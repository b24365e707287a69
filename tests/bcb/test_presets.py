"""The presets are the paper's table, our two small ones and those of video prediction; each fits every model."""

import dataclasses

import pytest

from bcb.presets import PRESETS

# PAPER §1, typed again.
PAPER = {80: (5, 4), 160: (10, 4), 320: (5, 8), 640: (10, 8), 1280: (5, 16), 2560: (10, 16)}


def test_the_papers_lengths():
    assert {
        name: (p.context_frames, p.patches_per_side) for name, p in PRESETS.items() if name.startswith("paper")
    } == {f"paper-{length}": pair for length, pair in PAPER.items()}
    for length in PAPER:
        preset = PRESETS[f"paper-{length}"]
        assert preset.length == preset.spec().length == length
        assert (preset.world.size, preset.world.balls, preset.spec().colors) == (64, 4, 5)


@pytest.mark.parametrize(("name", "frames", "patches", "length"), [("small", 10, 1, 10), ("small-80", 5, 4, 80)])
def test_small(name, frames, patches, length):
    spec = PRESETS[name].spec("frequent", 3)
    assert (spec.context_frames, spec.patches_per_side, spec.length) == (frames, patches, length)
    assert (spec.world.size, spec.world.balls, spec.rule, spec.seed) == (32, 3, "frequent", 3)


@pytest.mark.parametrize(("name", "size", "balls"), [("video-small", 32, 3), ("video-paper", 64, 4)])
def test_video_prediction(name, size, balls):
    spec = PRESETS[name].spec()
    assert (spec.rule, spec.colors, spec.classes, spec.context_frames, spec.patches_per_side) == ("none", 0, 2, 29, 1)
    assert (spec.world.size, spec.world.balls, spec.world.mass) == (size, balls, "random")
    for recipe in (PRESETS[name].train, PRESETS[name].finetune):
        assert (recipe.curriculum, recipe.decodes) == ("none", 19)  # every frame, always


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_frozen_and_of_their_own_world(name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        PRESETS[name].context_frames = 3  # pyright: ignore[reportAttributeAccessIssue]
    assert PRESETS[name].spec().world == PRESETS[name].world
    with pytest.raises(ValueError, match="middle"):
        PRESETS[name].spec("middle")


@pytest.mark.parametrize("name", PRESETS)
def test_presets_fit_every_model(name, folder):
    from bcb.training import plan
    from slotssm.models import MODELS

    for model in MODELS:
        rule, frames = ("none", 19) if name.startswith("video") else ("frequent", PRESETS[name].context_frames)
        planned = plan(model, None, name, None, [{"data": {"rule": rule}}])
        trained_on = dataclasses.replace(PRESETS[name].spec(rule), context_frames=frames)
        assert planned.train_source.spec == planned.val_source.spec == trained_on
        assert planned.model_config.image_size == PRESETS[name].world.size
        assert planned.model_config.patches_per_side == PRESETS[name].patches_per_side
        assert planned.config == PRESETS[name].train
    assert not list(folder.iterdir())

"""What every model of scenes promises, on small random models."""

import dataclasses

import pytest
import torch

from slotssm.checkpoint import from_json, to_json
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.models.check import check_scene_model
from slotssm.scenes.models.sizes import small

SMALL = {
    "image_size": 16, "slots": 3, "width": 16, "heads": 2, "features": 8, "decoder_features": 8, "state": 4,
    "encoder_layers": 1, "blocks": 1, "layers": 2, "head_size": 8,
}  # fmt: skip
# Attention to one token weighs it with 1, whatever its score; a constant that all queries add wins no token; the only
# slot has every pixel, whatever its alpha (its bias is the last of the read-out's, which the other channels keep busy).
IDLE = {"single": ("*.query.*", "*.norm_cross.*"), "oc-slotssm": ("layers.*.norm.bias",)}
ALL = [*SCENE_MODELS, "oc-slotssm mamba2"]


def build(name, **changes):
    torch.manual_seed(0)
    name, _, core = name.partition(" ")
    config = SCENE_MODELS[name].config
    small = SMALL | ({"core": core} if core else {}) | ({"slots": 1} if name == "single" else {})
    has = {field.name for field in dataclasses.fields(config)}
    return SCENE_MODELS[name].build(config(**{k: v for k, v in small.items() if k in has} | changes)).eval()


@pytest.mark.parametrize("name", ALL)
def test_the_table_passes_the_public_check(name):
    check_scene_model(build(name), idle=IDLE.get(name.split()[0], ()))


@pytest.mark.parametrize("name", ["savi", "oc-slotssm"])
def test_a_model_may_draw_depth_alone_or_beside_colours(name):
    for targets, channels in ((("depth",), 1), (("rgb", "depth"), 4)):
        model = build(name, targets=targets)
        assert model(torch.rand(1, 2, 3, 16, 16)).reconstruction.shape == (1, 2, channels, 16, 16)


@pytest.mark.parametrize("name", ALL)
def test_slots_stay_finite_and_of_one_size_over_a_long_video(name):
    model = build(name)
    with torch.no_grad():
        slots, _ = model.read(torch.rand(1, 150, 3, 16, 16))
    size = slots.norm(dim=(2, 3))[0]
    assert size[100:].max() < 2 * size[:50].max()


def test_savi_looks_more_than_once_at_the_first_frame_only():
    often, once = build("savi", first_iterations=3), build("savi", first_iterations=1)
    once.load_state_dict(often.state_dict())
    video = torch.rand(1, 2, 3, 16, 16)
    state = often.start(1)._replace(time=1)
    with torch.no_grad():
        assert not torch.equal(often.read(video)[0], once.read(video)[0])
        assert torch.equal(often.read(video, state)[0], once.read(video, state)[0])


def test_savi_is_its_parts_one_frame_after_the_other():
    model, video = build("savi"), torch.rand(2, 3, 3, 16, 16)
    with torch.no_grad():
        slots, want = model.first.expand(2, -1, -1), []
        for t in range(3):
            tokens = model.encoder(video[:, t])
            for _ in range(3 if t == 0 else 1):
                slots = model.corrector(slots, tokens)
            want.append(slots)
            slots = model.predictor(slots)
        torch.testing.assert_close(model.read(video)[0], torch.stack(want, 1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", SCENE_MODELS)
def test_wrong_sizes_are_refused_in_one_line(name):
    for wrong, message in (
        ({"targets": ("flow",)}, "choose some of: rgb, depth"),
        ({"targets": ()}, "choose some of"),
        ({"downsampling": 3}, "power of 2"),
        ({"image_size": 24}, "8 times a power of 2"),
        ({"width": 0}, "at least 1"),
        ({"width": 18, "heads": 4}, "heads"),
    ):
        with pytest.raises(ValueError, match=message) as error:
            build(name, **wrong)
        assert "\n" not in str(error.value)


def test_a_config_survives_json():
    for entry in SCENE_MODELS.values():
        assert from_json(entry.config, to_json(entry.config())) == entry.config()


def test_the_check_notices_a_model_that_sees_the_future():
    model = build("slotssm")
    read = model.read
    model.read = lambda video, state=None: read(video + video.mean(1, keepdim=True), state)
    with pytest.raises(AssertionError, match="differs from forward"):
        check_scene_model(model)


@pytest.mark.parametrize("name", SCENE_MODELS)
@pytest.mark.parametrize("image_size", [32, 64])
def test_small_sizes_can_be_built(name, image_size):
    config = small(name, image_size=image_size, slots=5)
    assert (config.image_size, config.slots) == (image_size, 1 if name == "single" else 5)
    with torch.device("meta"):
        assert sum(p.numel() for p in SCENE_MODELS[name].build(config).parameters()) < 600_000

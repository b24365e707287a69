"""Weights that move between ways to cut a frame."""

import pytest
import torch

from slotssm.layers.position import grid_embedding
from slotssm.models import MODELS
from slotssm.transfer import recut


def build(**changes):
    sizes = {"image_size": 32, "width": 16, "slots": (2,), "state": 4, "heads": 2}
    return MODELS["slotssm"].build(MODELS["slotssm"].config(**(sizes | changes)))


@pytest.mark.parametrize("before", [1, 2, 4])
@pytest.mark.parametrize("after", [1, 2, 4])
def test_every_place_of_the_image_keeps_its_embedding(before, after):
    trained = build(patches_per_side=before)
    moved = recut(trained, build(patches_per_side=after))
    # The embeddings start from one grid for the whole image, so a fresh model of the other cut knows the order.
    torch.testing.assert_close(moved.tokenizer.position, build(patches_per_side=after).tokenizer.position)
    assert grid_embedding(8, 16).numel() == moved.tokenizer.position.numel()
    assert torch.equal(moved.tokenizer.content.weight, trained.tokenizer.content.weight)


def test_there_and_back_again_changes_nothing():
    trained = build(patches_per_side=2)
    torch.nn.init.normal_(trained.tokenizer.position)
    there = recut(trained, build(patches_per_side=4))
    back = recut(there, build(patches_per_side=2))
    assert torch.equal(back.tokenizer.position, trained.tokenizer.position)


@pytest.mark.parametrize("change", [{"width": 32}, {"slots": (3,)}, {"slots": (2, 2)}, {"image_size": 16}])
def test_other_sizes_are_refused(change):
    with pytest.raises(ValueError, match="can't start from"):
        recut(build(), build(**change))


@pytest.mark.parametrize("name", ["slotssm", "single"])
def test_a_new_colour_begins_as_the_average_of_the_old_ones_and_the_old_ones_stay(name):
    sizes = {"image_size": 32, "width": 16, "state": 4, "heads": 2}
    trained, fresh = (MODELS[name].build(MODELS[name].config(**sizes, classes=c)).eval() for c in (5, 7))
    more = recut(trained, fresh)
    steps = torch.randint(0, 5, (2, 3, 32, 32), dtype=torch.uint8)
    with torch.no_grad():
        old, new = trained.decode(trained(steps)[0][:, -1]), more.decode(more(steps)[0][:, -1])
    torch.testing.assert_close(new[:, :5], old)
    torch.testing.assert_close(new[:, 5], old[:, 2:].mean(dim=1), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(new[:, 6], new[:, 5])
    seen = more.tokenizer.content.weight.unflatten(1, (16, 7))
    torch.testing.assert_close(seen[:, :, 6], seen[:, :, 2:5].mean(dim=2))
    back = recut(more, MODELS[name].build(MODELS[name].config(**sizes, classes=5)))
    assert all(torch.equal(back.state_dict()[key], value) for key, value in trained.state_dict().items())


def test_a_model_that_never_saw_a_colour_has_none_to_begin_with():
    with pytest.raises(ValueError, match="no ball was coloured"):
        recut(build(classes=2), build(classes=7))

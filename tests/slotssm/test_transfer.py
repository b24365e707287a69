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

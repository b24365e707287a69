"""Slot maps: the very weights that the decoder used, at the right frames, and of models that have slots."""

import copy
import dataclasses

import pytest
import torch

from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld
from slotssm.data import EpisodeDataset
from slotssm.layers.attention import Attention
from slotssm.layers.broadcast import BroadcastDecoder
from slotssm.layers.shares import attention_weights, decode_with_shares
from slotssm.models import MODELS
from slotssm.predict import predict
from slotssm.slot_maps import draw_with_slots, slot_count, slot_maps

SIZES = {"image_size": 16, "patches_per_side": 2, "width": 16, "hidden": 16, "state": 4, "heads": 2}
SPEC = Spec(context_frames=4, patches_per_side=2, world=BouncingWorld(balls=2, size=16, radius=(2.5, 2.5)))
ONE_SLOT = ("single", "transformer")


def build(name, **changes):
    torch.manual_seed(0)
    has = {field.name for field in dataclasses.fields(MODELS[name].config)}
    return MODELS[name].build(MODELS[name].config(**{k: v for k, v in (SIZES | changes).items() if k in has})).eval()


def seen(attention, weights, context):
    """What attention with these weights gives."""
    values = attention.key_value(context).chunk(2, dim=-1)[1].unflatten(-1, (attention.heads, -1)).transpose(1, 2)
    return attention.out((weights @ values).transpose(1, 2).flatten(2))


@pytest.mark.parametrize(("queries", "tokens"), [(1, 2), (4, 4), (64, 4), (256, 6), (6, 64), (5, 40)])
@pytest.mark.parametrize("once", [False, True])
def test_the_weights_are_those_that_the_output_used(queries, tokens, once):
    torch.manual_seed(0)
    attention = Attention(64, 4)
    torch.nn.init.normal_(attention.query.bias)
    torch.nn.init.normal_(attention.key_value.bias)
    x, context = torch.randn(1 if once else 3, queries, 64), torch.randn(3, tokens, 64)
    weights = attention_weights(attention, x, context)
    assert weights.shape == (3, 4, queries, tokens)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 4, queries))
    torch.testing.assert_close(seen(attention, weights, context), attention(x, context), rtol=1e-4, atol=1e-5)


def test_shares_are_the_mean_over_heads_and_layers_of_what_each_layer_used():
    decoder = (model := build("slotssm")).decoder
    slots = torch.randn(3, 6, 16)
    used = []

    def compare(attention, given, output):
        weights = attention_weights(attention, *given)
        torch.testing.assert_close(seen(attention, weights, given[1]), output, rtol=1e-4, atol=1e-5)
        used.append(weights)

    for block in decoder.blocks:
        block.cross_attention.register_forward_hook(compare)
    logits, shares = decode_with_shares(model, slots)
    assert len(used) == 3
    assert torch.equal(logits, model.decode(slots))
    assert shares.shape == (3, 6, 16, 16)
    mean = sum(w.mean(1) for w in used[:3]) / 3
    for y, x in ((0, 0), (3, 7), (15, 12)):
        torch.testing.assert_close(shares[:, :, y, x], mean[:, y // 4 * 4 + x // 4])
    torch.testing.assert_close(shares.sum(1), torch.ones(3, 16, 16))


def test_a_slot_that_is_copied_shares_its_pixels_and_one_that_moves_takes_them_along():
    model, slots = build("slotssm"), torch.randn(2, 3, 16)
    _, shares = decode_with_shares(model, slots)
    _, moved = decode_with_shares(model, slots[:, [2, 0, 1]])
    torch.testing.assert_close(moved, shares[:, [2, 0, 1]])
    _, copied = decode_with_shares(model, slots[:, [0, 0, 0]])
    torch.testing.assert_close(copied, torch.full_like(copied, 1 / 3))


def test_nothing_is_left_on_the_decoder():
    model = build("slotssm")
    before = copy.deepcopy([m._forward_pre_hooks for m in model.modules()])
    decode_with_shares(model, torch.randn(1, 6, 16))
    with pytest.raises(RuntimeError):
        decode_with_shares(model, torch.randn(1, 6, 15))
    assert [m._forward_pre_hooks for m in model.modules()] == before


def test_a_spatial_broadcast_decoder_says_it_by_its_masks():
    model = torch.nn.Module()
    model.decoder = BroadcastDecoder(16, 16)
    slots = torch.randn(2, 3, 16)
    image, shares = decode_with_shares(model, slots)
    torch.testing.assert_close(image, model.decoder(slots)[0])
    torch.testing.assert_close(shares, model.decoder.layers_of(slots)[1].softmax(1))


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ONE_SLOT])
def test_every_model_with_slots_has_maps_of_the_frames_that_it_predicts(name):
    model, source = build(name), SpecSource(SPEC, "test", 3)
    assert slot_count(model) == 6
    done = []
    maps = list(slot_maps(model, source, batch_size=2, device="cpu", progress=lambda *at: done.append(at)))
    assert done == [(2, 3), (3, 3)]
    assert [m.shape for m in maps] == [(4, 16, 16)] * 3
    steps = torch.stack([EpisodeDataset(source)[i][0] for i in range(3)])
    images, again = draw_with_slots(model, steps)
    assert (images[:, -1].numpy() == predict(model, source, device="cpu")).all()
    with torch.inference_mode():
        for t in range(4):  # a frame is four patches; cut there, the sequence ends with that frame
            slots, _ = model(steps[:, : 4 * (t + 1)])
            logits, shares = decode_with_shares(model, slots[:, -1])
            top = shares.topk(2, dim=1).values
            clear = top[:, 0] - top[:, 1] > 1e-4
            assert clear.float().mean() > 0.9
            assert torch.equal(again[:, t][clear], shares.argmax(1).to(torch.uint8)[clear])
            assert (images[:, t] == logits.argmax(1)).float().mean() > 0.99
    assert all((a == b.numpy()).mean() > 0.99 for a, b in zip(maps, again, strict=True))


@pytest.mark.parametrize("name", ONE_SLOT)
def test_one_slot_has_no_map(name):
    with pytest.raises(ValueError, match="reads one slot"):
        slot_count(build(name))


def test_a_decoder_of_another_kind_has_none():
    model = build("slotssm")
    model.decoder = torch.nn.Identity()
    with pytest.raises(ValueError, match="does not say"):
        slot_count(model)

"""The layers that some of the models are made of."""

import pytest
import torch

from slotssm.layers.broadcast import BroadcastDecoder
from slotssm.layers.grouped import GroupedLinear
from slotssm.layers.gru import gru
from slotssm.layers.inverted import InvertedAttention, inverted_weights
from slotssm.optim import adamw


def test_gru_is_torchs_cell():
    torch.manual_seed(0)
    cell = torch.nn.GRUCell(5, 7)
    x, h = torch.randn(6, 5), torch.randn(6, 7)
    inputs = torch.nn.functional.linear(x, cell.weight_ih, cell.bias_ih)
    states = torch.nn.functional.linear(h, cell.weight_hh, cell.bias_hh)
    torch.testing.assert_close(gru(inputs[None], states[None], h[None])[0], cell(x, h))


@pytest.mark.parametrize("bias", [True, False])
def test_grouped_linear_is_a_linear_for_each_module(bias):
    torch.manual_seed(0)
    layer, x = GroupedLinear(3, 4, 5, bias=bias), torch.randn(2, 3, 4)
    for g in range(3):
        want = x[:, g] @ layer.weight[g] + (layer.bias[g] if layer.bias is not None else 0)
        torch.testing.assert_close(layer(x)[:, g], want)
    decayed = [p for group in adamw(layer, 1e-3, 0.1).param_groups if group["weight_decay"] for p in group["params"]]
    assert [id(p) for p in decayed] == [id(layer.weight)]


def test_inverted_weights_are_shared_out_among_the_queries_then_sum_to_one_over_the_tokens():
    torch.manual_seed(0)
    q, keys = torch.randn(2, 3, 4, 8), torch.randn(2, 3, 10, 8)
    weights = inverted_weights(q, keys)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(2, 3, 4), rtol=1e-4, atol=1e-5)
    for b, h in ((0, 0), (1, 2)):
        shares = torch.stack([torch.softmax(q[b, h] @ keys[b, h, m] / 8**0.5, dim=0) for m in range(10)], dim=1)
        want = shares / shares.sum(dim=1, keepdim=True)
        torch.testing.assert_close(weights[b, h], want, rtol=1e-4, atol=1e-6)


def test_a_token_that_one_query_takes_is_lost_to_the_others():
    keys = torch.eye(2)[None, None]
    q = 50.0 * torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]])
    torch.testing.assert_close(inverted_weights(q, keys), torch.eye(2)[None, None], rtol=1e-4, atol=1e-4)
    nothing = torch.cat([q, -q[:, :, :1]], dim=2)  # a third query, to which nothing is left
    assert torch.isfinite(inverted_weights(nothing, keys)).all()
    torch.testing.assert_close(inverted_weights(nothing, keys).sum(dim=3), torch.ones(1, 1, 3))


def test_inverted_attention_knows_no_order():
    torch.manual_seed(0)
    layer, x, tokens = InvertedAttention(16, 2), torch.randn(2, 3, 16), torch.randn(2, 9, 16)
    y, order, shuffled = layer(x, tokens), torch.tensor([2, 0, 1]), torch.randperm(9)
    torch.testing.assert_close(layer(x[:, order], tokens), y[:, order], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(layer(x, tokens[:, shuffled]), y, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("size", [8, 16, 64])
def test_broadcast_decoder_puts_the_slots_images_over_each_other(size):
    torch.manual_seed(0)
    decoder, slots = BroadcastDecoder(size, 16), torch.randn(2, 3, 16)
    image, masks = decoder(slots)
    assert image.shape == (2, 3, size, size)
    torch.testing.assert_close(masks.sum(dim=1), torch.ones(2, size, size))
    images, alphas = decoder.layers_of(slots)
    want = sum(images[:, k] * torch.softmax(alphas, dim=1)[:, k, None] for k in range(3))
    torch.testing.assert_close(image, want)
    order = torch.tensor([1, 2, 0])
    again, shuffled = decoder(slots[:, order])
    torch.testing.assert_close(again, image, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(shuffled, masks[:, order], rtol=1e-4, atol=1e-5)


def test_broadcast_decoder_can_place_things():
    """Three slots learn three squares: positions reach the pixels, and each pixel is taken by one slot."""
    torch.manual_seed(0)
    decoder, slots = BroadcastDecoder(16, 16), torch.randn(1, 3, 16)
    target = torch.zeros(1, 3, 16, 16)
    target[0, 0, :6, :6] = target[0, 1, 8:, 2:8] = target[0, 2, 4:10, 10:] = 1.0
    optimizer = torch.optim.Adam(decoder.parameters(), lr=3e-3)
    for _ in range(150):
        loss = (decoder(slots)[0] - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in decoder.parameters())
    assert loss.item() < 0.02  # a black image: 0.14


@pytest.mark.parametrize("size", [4, 24, 48])
def test_broadcast_decoder_says_what_sizes_it_can(size):
    with pytest.raises(ValueError, match=f"image size is {size}"):
        BroadcastDecoder(size, 16)

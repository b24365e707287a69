"""Attention, folded where one side is small, is plain attention."""

import pytest
import torch

from slotssm.layers.attention import Attention, CrossAttentionBlock
from slotssm.layers.decoder import Decoder
from slotssm.layers.encoder import SlotEncoder
from slotssm.layers.folded import folding_pays

SIZES = [(4, 64), (64, 4), (1, 64), (64, 1), (4, 4), (6, 4), (9, 9)]  # queries, tokens


def plain(layer, x, context):
    """The obvious one: every query and every token projected."""
    q = layer.query(x)
    k, v = layer.key_value(context).chunk(2, dim=-1)
    seen = []
    for head in torch.arange(q.shape[-1]).chunk(layer.heads):
        weights = (q[..., head] @ k[..., head].transpose(1, 2) / len(head) ** 0.5).softmax(dim=-1)
        seen.append(weights @ v[..., head])
    return layer.out(torch.cat(seen, dim=-1))


def attention(dtype=torch.float64):
    torch.manual_seed(0)
    layer = Attention(32, 2).to(dtype)
    for parameter in layer.parameters():  # biases too
        torch.nn.init.normal_(parameter, std=0.3)
    return layer


def outcome(forward, layer, *inputs):
    """What comes out, and the gradients of parameters and inputs."""
    layer.zero_grad()
    inputs = [x.detach().requires_grad_() for x in inputs]
    y = forward(*inputs)
    y.square().sum().backward()
    return [y.detach(), *(x.grad for x in (*layer.parameters(), *inputs))]


@pytest.mark.parametrize(("queries", "tokens"), SIZES)
@pytest.mark.parametrize("batch", [1, 3])
def test_attention_is_the_plain_one_and_so_are_its_gradients(queries, tokens, batch):
    layer = attention()
    x, context = torch.randn(batch, queries, 32).double(), torch.randn(3, tokens, 32).double()
    got = outcome(layer, layer, x, context)
    want = outcome(lambda x, context: plain(layer, x.expand(3, -1, -1), context), layer, x, context)
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-9)


def test_both_ways_of_folding_are_taken():
    assert [folding_pays(*size, 32, 2) for size in SIZES] == [True, True, True, False, False, False, False]


@pytest.mark.parametrize(("queries", "tokens"), SIZES)
def test_bfloat16_autocast_changes_little(queries, tokens):
    layer = attention(torch.float32)
    x, context = torch.randn(3, queries, 32), torch.randn(3, tokens, 32)
    with torch.autocast("cpu", torch.bfloat16):
        y = layer(x, context)
    torch.testing.assert_close(y.float(), plain(layer, x, context), rtol=0.1, atol=0.2)


def test_queries_that_a_batch_shares_need_not_be_repeated():
    """The encoder's CLS tokens and the decoder's positions: the same as if every step and image had its own."""
    torch.manual_seed(0)
    block = CrossAttentionBlock(32, 2, 2).double()
    x, context = torch.randn(1, 5, 32).double(), torch.randn(7, 20, 32).double()
    got = outcome(block, block, x, context)
    want = outcome(lambda x, context: block(x.expand(7, -1, -1), context), block, x, context)
    torch.testing.assert_close(got, want, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("layer", [SlotEncoder(3, 16, 2, 2, 2), Decoder(16, 5, 16, 2, 2, 2)])
def test_the_members_of_a_batch_do_not_see_each_other(layer):
    x = torch.randn(4, 6, 16)
    torch.testing.assert_close(layer(x)[2:], layer(x[2:]), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(layer(x)[0], layer(x)[1])

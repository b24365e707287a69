"""The layers of scenes against their obvious slow forms."""

import pytest
import torch
import torch.nn.functional as F

from slotssm.layers.broadcast import BroadcastDecoder
from slotssm.scenes.layers.cnn import CNNEncoder
from slotssm.scenes.layers.resnet import ResidualBlock, ResNetEncoder
from slotssm.scenes.layers.slot_attention import SlotAttention
from slotssm.scenes.layers.snitch_head import CELLS, SnitchHead


def test_slot_attention_is_its_algorithm_token_by_token_and_slot_by_slot():
    torch.manual_seed(0)
    layer = SlotAttention(8, 2).double()
    slots, tokens = torch.randn(2, 3, 8).double(), torch.randn(2, 5, 8).double()
    cell = torch.nn.GRUCell(8, 8).double()
    with torch.no_grad():
        for mine, theirs in ((layer.inputs, "ih"), (layer.states, "hh")):
            getattr(cell, f"weight_{theirs}").copy_(mine.weight)
            getattr(cell, f"bias_{theirs}").copy_(mine.bias)
        want = slots.clone()
        for _ in range(3):
            for b in range(2):
                queries = [layer.query(layer.norm_slots(want[b, k])) for k in range(3)]
                shares = torch.zeros(3, 5).double()
                values = []
                for m in range(5):
                    key, value = layer.key_value(layer.norm_tokens(tokens[b, m])).chunk(2)
                    shares[:, m] = torch.softmax(torch.stack([q @ key / 8**0.5 for q in queries]), 0)
                    values.append(value)
                now = []
                for k in range(3):
                    seen = sum(shares[k, m] * values[m] for m in range(5)) / shares[k].sum()
                    slot = cell(seen[None], want[b, k][None])[0]
                    now.append(slot + layer.mlp(layer.norm_mlp(slot)))
                want[b] = torch.stack(now)
        torch.testing.assert_close(layer(slots, tokens, 3), want)


def test_slot_attention_knows_no_order():
    torch.manual_seed(0)
    layer, slots, tokens = SlotAttention(8, 2), torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    order = torch.tensor([2, 0, 1])
    torch.testing.assert_close(layer(slots[:, order], tokens), layer(slots, tokens)[:, order], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(layer(slots, tokens.flip(1)), layer(slots, tokens), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("downsampling", [1, 2, 4])
def test_a_token_of_the_cnn_is_where_its_pixels_are(downsampling):
    """A change of one pixel reaches the tokens around it, and none far away."""
    torch.manual_seed(0)
    encoder = CNNEncoder(32, downsampling, 8, 16).eval()
    pictures = torch.rand(1, 3, 32, 32)
    changed = pictures.clone()
    changed[0, :, 4, 27] = 1 - changed[0, :, 4, 27]
    side = 32 // downsampling
    moved = (encoder(changed) - encoder(pictures)).abs().amax(2).view(side, side)
    assert moved[4 // downsampling, 27 // downsampling] > 0
    assert moved[-1].max() == 0
    assert encoder(pictures).shape == (1, side * side, 16)


def test_the_cnn_is_a_picture_at_a_time_and_a_place_at_a_time():
    torch.manual_seed(0)
    encoder, pictures = CNNEncoder(16, 2, 8, 16), torch.rand(3, 3, 16, 16)
    together = encoder(pictures)
    for n in range(3):
        x = 2 * pictures[n : n + 1] - 1
        for i in range(4):
            conv = encoder.convs[2 * i]
            x = F.relu(F.conv2d(x, conv.weight, conv.bias, stride=2 if i == 0 else 1, padding=2))
        for y, u in ((0, 0), (3, 5), (7, 7)):
            placed = encoder.tokens.project(x[0, :, y, u]) + encoder.tokens.position[8 * y + u]
            want = encoder.tokens.norm(encoder.tokens.mlp(placed))
            torch.testing.assert_close(together[n, 8 * y + u], want, rtol=1e-4, atol=1e-5)


def test_a_residual_block_is_a_skip_and_what_it_adds():
    torch.manual_seed(0)
    block, x = ResidualBlock(8, 8), torch.randn(2, 8, 6, 6)
    y = F.conv2d(F.relu(F.group_norm(x, 8, block.norm1.weight, block.norm1.bias)), block.conv1.weight, padding=1)
    y = F.relu(F.group_norm(y, 8, block.norm2.weight, block.norm2.bias))
    torch.testing.assert_close(block(x), x + F.conv2d(y, block.conv2.weight, block.conv2.bias, padding=1))
    assert ResidualBlock(8, 16, stride=2)(x).shape == (2, 16, 3, 3)


def test_the_resnets_tokens_do_not_depend_on_the_batch():
    torch.manual_seed(0)
    encoder = ResNetEncoder(16, 4, 8, 16, blocks=2, layers=1, heads=2, mlp_ratio=2)
    pictures = torch.rand(3, 3, 16, 16)
    assert encoder(pictures).shape == (3, 16, 16)
    torch.testing.assert_close(encoder(pictures)[1:2], encoder(pictures[1:2]), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="multiple of 8"):
        ResNetEncoder(16, 4, 6, 16, blocks=1, layers=1, heads=2, mlp_ratio=2)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_broadcast_decoder_without_polish_draws_slot_by_slot_and_pixel_by_pixel(channels):
    torch.manual_seed(0)
    decoder, slots = BroadcastDecoder(16, 12, channels, features=6, polish=False), torch.randn(2, 3, 12)
    drawn, shares = decoder(slots)
    assert drawn.shape == (2, channels, 16, 16)
    assert len(decoder.convs) == 3  # one doubling, its ReLU, the read-out
    for b in range(2):
        each = []
        for k in range(3):
            x = (decoder.norm(slots[b, k]) + decoder.position).permute(2, 0, 1)[None]
            x = F.relu(decoder.convs[0](x))
            each.append(decoder.convs[2](x)[0])
        for y, x in ((0, 0), (5, 9), (15, 15)):
            weight = torch.softmax(torch.stack([e[-1, y, x] for e in each]), 0)
            want = sum(w * e[:-1, y, x] for w, e in zip(weight, each, strict=True))
            torch.testing.assert_close(drawn[b, :, y, x], want, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(shares[b, :, y, x], weight, rtol=1e-4, atol=1e-5)


def test_the_snitch_head_reads_a_set_of_slots():
    torch.manual_seed(0)
    head, slots = SnitchHead(16, 2, 2), torch.randn(4, 3, 16)
    assert head(slots).shape == (4, CELLS)
    torch.testing.assert_close(head(slots[:, [2, 0, 1]]), head(slots), rtol=1e-4, atol=1e-5)
    head(slots).sum().backward()
    assert head.cls.grad is not None
    assert head.cls.grad.abs().sum() > 0

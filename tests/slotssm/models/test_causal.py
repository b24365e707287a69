"""Attention that is causal in time, block by block, against the plain way with one mask of everything."""

import pytest
import torch

from slotssm.layers import causal
from slotssm.layers.causal import CausalBlock, causal_attention
from slotssm.layers.waves import time_embedding


def plain(q, k, v, slots):
    """Scores of all with all, those of later steps put at minus infinity."""
    step = torch.arange(k.shape[2]) // slots
    scores = q @ k.transpose(2, 3) * q.shape[-1] ** -0.5
    hidden = step[-q.shape[2] :, None] < step
    return scores.masked_fill(hidden, -torch.inf).softmax(-1) @ v


@pytest.mark.parametrize("slots", [1, 3, 6])
@pytest.mark.parametrize("past", [0, 1, 7])
@pytest.mark.parametrize("new", [1, 2, 29])
def test_block_by_block_is_the_plain_way(slots, past, new, monkeypatch):
    monkeypatch.setattr(causal, "QUERIES", 4 * slots + 1)  # blocks of four steps
    torch.manual_seed(0)
    k, v = torch.randn(2, 2, 2, (past + new) * slots, 8, dtype=torch.float64).requires_grad_()
    q = torch.randn(2, 2, new * slots, 8, dtype=torch.float64, requires_grad=True)
    mine, want = causal_attention(q, k, v, slots), plain(q, k, v, slots)
    torch.testing.assert_close(mine, want)
    weights = torch.randn_like(want)
    for a, b in zip(
        torch.autograd.grad((mine * weights).sum(), (q, k, v)),
        torch.autograd.grad((want * weights).sum(), (q, k, v)),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_the_mask_is_small_however_long_the_sequence(monkeypatch):
    """640 steps of 6 slots: no mask of 3840 × 3840, and none per head or sequence."""
    sizes = []
    attend = torch.nn.functional.scaled_dot_product_attention

    def watched(q, k, v, attn_mask=None, **rest):
        sizes.append(attn_mask.numel())
        return attend(q, k, v, attn_mask=attn_mask, **rest)

    monkeypatch.setattr(causal.F, "scaled_dot_product_attention", watched)
    q, k, v = torch.randn(3, 2, 2, 640 * 6, 4)
    causal_attention(q, k, v, 6)
    assert max(sizes) <= causal.QUERIES * 640 * 6
    assert sum(sizes) < 0.6 * (640 * 6) ** 2  # and nearly half of the scores are never made


def test_the_cache_keeps_the_keys_precision_under_autocast():
    block = CausalBlock(16, 2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        _, cache = block(torch.randn(1, 6, 16), block.start(1), 3)
    assert cache.keys_values.dtype == torch.bfloat16
    assert cache.keys_values.shape == (2, 1, 2, 6, 8)


def test_every_step_has_a_time_of_its_own():
    waves = time_embedding(torch.arange(2560), 64)
    torch.testing.assert_close(waves[123:125], time_embedding(torch.tensor([123, 124]), 64))
    gaps = torch.cdist(waves, waves) + 9 * torch.eye(2560)
    assert gaps.min() > 0.5

"""Tokens are embeddings of sub-patches; blank ones, computed once for each place, are the same."""

import pytest
import torch

from slotssm.layers.tokenizer import SUB, Tokenizer


def steps(batch, length, patch, balls=True):
    rng = torch.Generator().manual_seed(0)
    classes = torch.randint(1, 5, (batch, length, patch, patch), dtype=torch.uint8, generator=rng)
    seen = torch.rand(batch, length, patch, patch, generator=rng) < 0.03
    return classes * (seen if balls else torch.zeros_like(seen))


def plain(tokenizer, steps, time):
    """The obvious one: every sub-patch of every step by itself."""
    tokens = []
    for t in range(steps.shape[1]):
        for cell in range(tokenizer.grid**2):
            y, x = (SUB * place for place in divmod(cell, tokenizer.grid))
            pixels = steps[:, t, y : y + SUB, x : x + SUB].flatten(1).long()
            one_hot = torch.nn.functional.one_hot(pixels, tokenizer.classes).flatten(1)
            place = tokenizer.position[time[t] % len(tokenizer.position), cell]
            embedded = tokenizer.content(one_hot.to(place.dtype)) + place
            tokens.append(tokenizer.norm(tokenizer.mlp(embedded)))
    return torch.stack(tokens, dim=1).unflatten(1, (steps.shape[1], -1))


@pytest.mark.parametrize("length", [3, 40])  # too short, and long enough, to compute blank sub-patches apart
@pytest.mark.parametrize("patches", [1, 2])
@pytest.mark.parametrize("balls", [True, False])
def test_tokens_are_the_plain_ones_and_so_are_their_gradients(length, patches, balls):
    torch.manual_seed(0)
    tokenizer = Tokenizer(16, patches, 5, 8).double()
    time = 2 + torch.arange(length)
    x = steps(2, length, 16 // patches, balls)
    results = []
    for forward in (tokenizer, lambda *inputs: plain(tokenizer, *inputs)):
        tokenizer.zero_grad()
        tokens = forward(x, time)
        (tokens * torch.linspace(-1, 1, tokens.numel()).view_as(tokens)).sum().backward()
        results.append([tokens.detach(), *(parameter.grad for parameter in tokenizer.parameters())])
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-9)

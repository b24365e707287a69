"""The key-value cache: cheap to extend, and never changed by what comes after it."""

from contextlib import nullcontext

import pytest
import torch

from slotssm.layers.cache import Cache


def empty():
    return Cache(torch.zeros(2, 1, 2, 0, 4))


def tokens(n=1):
    return torch.randn(2, 1, 2, n, 4)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, nullcontext])
def test_it_holds_all_tokens_in_order(mode):
    with mode():
        new = [tokens(n) for n in (3, 1, 1, 7, 1, 1, 1)]
        cache = empty()
        for x in new:
            cache = cache.extended(x)
        assert torch.equal(cache.keys_values, torch.cat(new, dim=3))


def test_two_futures_of_one_past_do_not_meet():
    with torch.no_grad():
        past = empty().extended(tokens(3)).extended(tokens())
        seen = past.keys_values.clone()
        one, other = tokens(), tokens()
        first, second = past.extended(one), past.extended(other)
        again = first.extended(other)
    assert torch.equal(past.keys_values, seen)
    assert torch.equal(first.keys_values, torch.cat([seen, one], dim=3))
    assert torch.equal(second.keys_values, torch.cat([seen, other], dim=3))
    assert torch.equal(again.keys_values, torch.cat([seen, one, other], dim=3))


def test_memory_is_taken_only_when_it_doubles():
    places = set()
    with torch.inference_mode():
        cache = empty()
        kept = []
        for _ in range(1000):
            cache = cache.extended(tokens())
            if cache.memory.data_ptr() not in places:
                kept.append(cache)  # so that no address is used twice
            places.add(cache.memory.data_ptr())
    assert len(places) <= 11


def test_it_goes_on_in_another_mode_and_precision():
    new = [tokens() for _ in range(5)]
    with torch.inference_mode():
        cache = empty().extended(new[0]).extended(new[1])
    with torch.no_grad():
        cache = cache.extended(new[2])
    learned = new[3].clone().requires_grad_()
    cache = cache.extended(learned)
    assert torch.equal(cache.keys_values, torch.cat(new[:4], dim=3))
    cache.keys_values.sum().backward()
    assert torch.equal(learned.grad, torch.ones_like(learned))
    with torch.no_grad():
        assert cache.extended(new[4].bfloat16()).keys_values.dtype == torch.bfloat16

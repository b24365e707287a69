"""Attention between few tokens and many, without a linear map of the many.

A score is (W_q x)·(W_k c) = (W_kᵀ W_q x)·c, and what a query sees is Σ w (W_v c) = W_v Σ w c: the maps of the many can
be folded into the few, once for each head. The same numbers, rounding apart, for fewer multiplications.

b batch · q queries · m tokens of the context · d width · h heads · e = d / h
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def folding_pays(queries: int, tokens: int, width: int, heads: int) -> bool:
    """Whether it takes less than half the multiplications: the products are more and smaller, and so cost more each.

    Of one token alone nothing is to be weighed: there it is not worth a thought.
    """
    plain = (queries + tokens) * width + queries * tokens
    return tokens > 1 and 2 * (2 * min(queries, tokens) * width + heads * queries * tokens) < plain


def few_queries(
    q: Float[Tensor, "#b q d"], context: Float[Tensor, "b m d"], key_value: nn.Linear, heads: int
) -> Float[Tensor, "b q d"]:
    """What the queries see of the context. A bias of the keys raises all scores of a query alike: it has no part."""
    keys, values = key_value.weight.unflatten(0, (2, heads, -1))
    scale = keys.shape[1] ** -0.5
    folded = _by_head(q.unflatten(-1, (heads, -1)), keys * scale).flatten(1, 2).expand(len(context), -1, -1)
    weights = torch.bmm(folded, context.transpose(1, 2)).softmax(dim=-1)
    seen = torch.bmm(weights, context).unflatten(1, (-1, heads))
    return _by_head(seen, values.transpose(1, 2)).flatten(2) + key_value.bias[len(key_value.bias) // 2 :]


def few_tokens(
    x: Float[Tensor, "#b q d"],
    keys: Float[Tensor, "b m h e"],
    values: Float[Tensor, "b m h e"],
    query: nn.Linear,
    out: nn.Linear,
) -> Float[Tensor, "b q d"]:
    """What x sees of the few keys and values, mapped by `out`."""
    b, m, heads, _ = keys.shape
    keys = keys * keys.shape[-1] ** -0.5
    folded = _by_head(keys, query.weight.unflatten(0, (heads, -1))).flatten(1, 2)
    bias = (keys * query.bias.view(heads, -1)).sum(-1).view(b, 1, -1)
    scores = torch.baddbmm(bias, x.expand(b, -1, -1), folded.transpose(1, 2))
    weights = scores.unflatten(-1, (m, heads)).softmax(dim=2).flatten(2)
    return torch.bmm(weights, _by_head(values, out.weight.t().unflatten(0, (heads, -1))).flatten(1, 2)) + out.bias


def _by_head(x: Float[Tensor, "b n h i"], weight: Float[Tensor, "h i o"]) -> Float[Tensor, "b n h o"]:
    """Each head's own matrix on its part."""
    return torch.bmm(x.flatten(0, 1).transpose(0, 1), weight).transpose(0, 1).unflatten(0, x.shape[:2]).contiguous()

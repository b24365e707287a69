"""Attention among the slots of all steps, causal in time, with a key-value cache (PAPER §4, SlotTransformer).

b batch · h heads · e width of a head · q queries, n keys: tokens, ordered by step · d width
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import MLP, SHARP
from slotssm.layers.cache import Cache

QUERIES = 512  # tokens that look at once


def causal_attention(
    q: Float[Tensor, "b h q e"], k: Float[Tensor, "b h n e"], v: Float[Tensor, "b h n e"], slots: int
) -> Float[Tensor, "b h q e"]:
    """Attention of the last q of n tokens, `slots` to a step: each sees all slots of its own and of earlier steps.

    The queries go some whole steps at a time, over the keys that these may see. So the mask is one of
    QUERIES × n for all heads and sequences, whatever the length, and half of the scores are never computed.
    """
    past = k.shape[2] - q.shape[2]
    if slots == 1 and not past:
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    if q.shape[2] == slots:  # one step, the last: nothing is hidden from it
        return F.scaled_dot_product_attention(q, k, v)
    step = torch.arange(k.shape[2], device=q.device) // slots
    seen = []
    for block in q.split(max(1, QUERIES // slots) * slots, dim=2):
        end = past + block.shape[2]
        mask = step[past:end, None] >= step[:end]
        seen.append(F.scaled_dot_product_attention(block, k[:, :, :end], v[:, :, :end], attn_mask=mask))
        past = end
    return torch.cat(seen, dim=2)


class CausalBlock(nn.Module):
    """Pre-norm attention that is causal in time, then a pre-norm MLP, both residual."""

    def __init__(self, width: int, heads: int, mlp_ratio: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} can't be shared among {heads} heads; choose a multiple of {heads}")
        self.heads = heads
        self.norm_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        nn.init.normal_(self.query_key_value.weight, std=width**-0.5)
        nn.init.zeros_(self.query_key_value.bias)
        with torch.no_grad():
            self.query_key_value.weight[:width] *= SHARP
        self.out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, mlp_ratio * width)

    def start(self, batch: int) -> Cache:
        """Of no tokens."""
        return Cache(self.out.weight.new_zeros(2, batch, self.heads, 0, len(self.out.weight) // self.heads))

    def forward(self, x: Float[Tensor, "b q d"], cache: Cache, slots: int) -> tuple[Float[Tensor, "b q d"], Cache]:
        """The tokens of some steps, `slots` to each, after those of the cache; and the cache with them."""
        qkv = self.query_key_value(self.norm_attention(x)).unflatten(-1, (3, self.heads, -1))
        qkv = qkv.permute(2, 0, 3, 1, 4)
        cache = cache.extended(qkv[1:])
        keys, values = cache.keys_values.unbind()
        seen = causal_attention(qkv[0], keys, values, slots)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.mlp(self.norm_mlp(x)), cache

"""Attention, the MLP, and the pre-norm residual block that the paper builds everything from."""

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.folded import few_queries, few_tokens, folding_pays

SHARP = 3.0  # std of the first attention scores: attention that starts flat learns late (docs/LOG.md)


class Attention(nn.Module):
    """Multi-head attention of queries x over a context (itself, if none is given)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} can't be shared among {heads} heads; choose a multiple of {heads}")
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        for linear, gain in ((self.query, SHARP), (self.key_value, 1.0)):
            nn.init.normal_(linear.weight, std=gain * width**-0.5)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Float[Tensor, "#b q d"], context: Float[Tensor, "b m d"]) -> Float[Tensor, "b q d"]:
        """Queries that are the same for the whole batch may come once, as a batch of 1."""
        queries, tokens = x.shape[1], context.shape[1]
        fold = folding_pays(queries, tokens, x.shape[2], self.heads)
        if fold and queries < tokens:
            return self.out(few_queries(self.query(x), context, self.key_value, self.heads))
        k, v = (y.unflatten(-1, (self.heads, -1)) for y in self.key_value(context).chunk(2, dim=-1))
        if fold:
            return few_tokens(x, k, v, self.query, self.out)
        q = self.query(x).unflatten(-1, (self.heads, -1)).expand(len(context), -1, -1, -1)
        seen = F.scaled_dot_product_attention(*(y.transpose(1, 2) for y in (q, k, v)))
        return self.out(seen.transpose(1, 2).flatten(2))


class MLP(nn.Sequential):
    """Linear, GELU, Linear."""

    def __init__(self, width: int, hidden: int, out: int | None = None):
        super().__init__(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, out or width))


class SelfAttentionBlock(nn.Module):
    """Pre-norm self-attention, then a pre-norm MLP, both residual. Among the slots of a step: SlotMixer."""

    def __init__(self, width: int, heads: int, mlp_ratio: int):
        super().__init__()
        self.norm_attention = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, mlp_ratio * width)

    def forward(self, x: Float[Tensor, "b k d"]) -> Float[Tensor, "b k d"]:
        y = self.norm_attention(x)
        x = x + self.attention(y, y)
        return x + self.mlp(self.norm_mlp(x))


class CrossAttentionBlock(nn.Module):
    """Self-attention over x, cross-attention to a context, MLP; pre-norm, residual (PAPER §2, encoder; §1, decoder).

    The context is normed once by whoever owns it, not in every block.
    """

    def __init__(self, width: int, heads: int, mlp_ratio: int):
        super().__init__()
        self.norm_self = nn.LayerNorm(width)
        self.self_attention = Attention(width, heads)
        self.norm_cross = nn.LayerNorm(width)
        self.cross_attention = Attention(width, heads)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, mlp_ratio * width)

    def forward(self, x: Float[Tensor, "#b q d"], context: Float[Tensor, "b m d"]) -> Float[Tensor, "b q d"]:
        """x that is the same for the whole batch may come once, as a batch of 1; so is its self-attention then."""
        y = self.norm_self(x)
        x = x + self.self_attention(y, y)
        x = x + self.cross_attention(self.norm_cross(x), context)
        return x + self.mlp(self.norm_mlp(x))

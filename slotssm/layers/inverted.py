"""Inverted attention (PAPER §3): the queries compete for the tokens.

b batch · h heads · e width of a head · k queries (slots) · m tokens · d width
"""

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import SHARP
from slotssm.scan.inputs import core_dtype


def inverted_weights(q: Float[Tensor, "b h k e"], keys: Float[Tensor, "b h m e"]) -> Float[Tensor, "b h k m"]:
    """Softmax over the queries, then each query's weights renormalised over the tokens, in float32 or better.

    Of logarithms, so that a query that loses every token still has weights that add up to 1.
    """
    scores = q @ keys.transpose(2, 3) * q.shape[-1] ** -0.5
    return scores.to(core_dtype(scores.dtype)).log_softmax(dim=2).softmax(dim=3)


class InvertedAttention(nn.Module):
    """Multi-head inverted attention of slots x over tokens; in every head the slots compete anew (ours)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        if width % heads:
            raise ValueError(f"width {width} can't be shared among {heads} heads; choose a multiple of {heads}")
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)  # a bias would raise all queries alike, which changes nothing
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        for linear, gain in ((self.query, SHARP), (self.key_value, 1.0)):
            nn.init.normal_(linear.weight, std=gain * width**-0.5)
        nn.init.zeros_(self.key_value.bias)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Float[Tensor, "b k d"], tokens: Float[Tensor, "b m d"]) -> Float[Tensor, "b k d"]:
        q = self._split(self.query(x))
        keys, values = (self._split(y) for y in self.key_value(tokens).chunk(2, dim=-1))
        return self.out((inverted_weights(q, keys).to(values.dtype) @ values).transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

"""Slot Attention (Locatello et al., arXiv 2006.15055, Algorithm 1): slots compete for tokens, round after round.

b batch · k slots · m tokens · d width
"""

from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import MLP, SHARP
from slotssm.layers.gru import gru
from slotssm.layers.inverted import inverted_weights


class SlotAttention(nn.Module):
    """A round: inverted attention with one head, a GRU whose state is the slot, a residual pre-norm MLP.

    The weights are the same in every round, so there may be any number of rounds.
    """

    def __init__(self, width: int, mlp_ratio: int):
        super().__init__()
        self.norm_tokens = nn.LayerNorm(width)
        self.norm_slots = nn.LayerNorm(width, bias=False)  # one would raise all queries alike: nothing changes
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        nn.init.normal_(self.query.weight, std=SHARP * width**-0.5)
        nn.init.normal_(self.key_value.weight, std=width**-0.5)
        self.inputs = nn.Linear(width, 3 * width)
        self.states = nn.Linear(width, 3 * width)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = MLP(width, mlp_ratio * width)

    def forward(
        self, slots: Float[Tensor, "b k d"], tokens: Float[Tensor, "b m d"], iterations: int = 1
    ) -> Float[Tensor, "b k d"]:
        """The slots after so many rounds. `slots`: what they start from."""
        keys, values = self.key_value(self.norm_tokens(tokens)).chunk(2, dim=-1)
        for _ in range(iterations):
            weights = inverted_weights(self.query(self.norm_slots(slots))[:, None], keys[:, None])[:, 0]
            slots = gru(self.inputs(weights.to(values.dtype) @ values), self.states(slots), slots)
            slots = slots + self.mlp(self.norm_mlp(slots))
        return slots

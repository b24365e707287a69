"""RIM, recurrent independent mechanisms (Goyal et al., arXiv 1909.10893, §2; PAPER §4), built from the paper.

Every module has recurrent weights of its own. At each step the modules look for their input, those k that look least
at a null token update their state, the others keep theirs; then the updated ones read from all (communication).

Ours: the input's elements are the slots of the slot encoder that all models share, so these are a set to RIM; the
dynamics are GRUs; input attention has one head (the paper's has several); the states before the first step are learned,
for zeros would tie there.

b batch · l steps · m elements of the input · n modules · s hidden width · d width · p patch side, pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import SHARP
from slotssm.layers.grouped import GroupedLinear
from slotssm.layers.gru import gru
from slotssm.models.shared import SharedConfig, SharedModel


@dataclass(frozen=True)
class RIMConfig(SharedConfig):
    """Sizes of a RIM: `active` of its `slots` modules update at each step; `hidden` is the width of their states."""

    slots: int = 6
    active: int = 4
    hidden: int = 64

    def __post_init__(self):
        super().__post_init__()
        if self.active > self.slots:
            raise ValueError(f"active is {self.active}, of {self.slots} slots; it must not be more")


class RIMState(NamedTuple):
    """Steps read so far, and every module's state."""

    time: int
    modules: Float[Tensor, "b n s"]


class RIM(SharedModel):
    """Slot encoder, modules, decoder."""

    def __init__(self, config: RIMConfig):
        super().__init__(config, config.slots)
        c = config
        n, s = c.slots, c.hidden
        self.first = nn.Parameter(torch.randn(n, s))
        self.norm = nn.LayerNorm(c.width)
        self.key = nn.Linear(c.width, s, bias=False)  # of the input: the same for all modules, W^e and W^v of the paper
        self.value = nn.Linear(c.width, s, bias=False)
        self.query = GroupedLinear(n, s, s, bias=False, std=SHARP * s**-0.5)
        self.inputs = GroupedLinear(n, s, 3 * s)
        self.states = GroupedLinear(n, s, 3 * s)
        self.talk = GroupedLinear(n, s, 3 * s, bias=False)
        self.out = nn.Linear(s, c.width)

    def start(self, batch: int) -> RIMState:
        """Each module's own first state."""
        return RIMState(0, self.first.expand(batch, -1, -1))

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: RIMState | None = None
    ) -> tuple[Float[Tensor, "b l n d"], RIMState]:
        """The modules' states after every step, and the state after the last. One step after the other."""
        state = state or self.start(len(steps))
        x = F.pad(self.norm(self.read(steps, state.time)), (0, 0, 0, 1))  # the null token: zeros, the last element
        h, states = state.modules, []
        for keys, values in zip(self.key(x).unbind(1), self.value(x).unbind(1), strict=True):
            h = self.recur(keys, values, h)
            states.append(h)
        states = torch.stack(states, 1) if states else h[:, None][:, :0]  # of no steps, no slots
        return self.out(states), RIMState(state.time + steps.shape[1], h)

    def recur(
        self, keys: Float[Tensor, "b m s"], values: Float[Tensor, "b m s"], h: Float[Tensor, "b n s"]
    ) -> Float[Tensor, "b n s"]:
        """One step. All modules are computed and the idle ones put back, for that is faster than picking some."""
        looks = (self.query(h) @ keys.transpose(1, 2) * keys.shape[-1] ** -0.5).softmax(dim=-1)
        active = self.choose(looks[..., -1])[..., None]
        h = torch.where(active, gru(self.inputs(looks @ values), self.states(h), h), h)
        return torch.where(active, h + self.communicate(h), h)

    def choose(self, null: Float[Tensor, "b n"]) -> Bool[Tensor, "b n"]:
        """The modules that look least at the null token: exactly `active` of them, also where some are equal."""
        chosen = null.topk(self.config.active, dim=-1, largest=False).indices
        return torch.zeros_like(null, dtype=torch.bool).scatter(-1, chosen, True)

    def communicate(self, h: Float[Tensor, "b n s"]) -> Float[Tensor, "b n s"]:
        """What each module reads from all of them: multi-head attention with each module's own maps."""
        q, k, v = self.talk(h).unflatten(-1, (3, self.config.heads, -1)).permute(2, 0, 3, 1, 4)
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)

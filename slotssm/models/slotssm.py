"""SlotSSM (PAPER §2): a state space model whose input, state and output are slots.

b batch · l steps · m tokens of a step · k slots · d width · p patch side, pixels · c palette classes
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from slotssm.layers.attention import SelfAttentionBlock
from slotssm.layers.decoder import Decoder
from slotssm.layers.encoder import SlotEncoder
from slotssm.layers.mamba import Mamba, MambaState
from slotssm.layers.mamba2 import Mamba2, Mamba2State, head_count
from slotssm.layers.tokenizer import Tokenizer
from slotssm.models.model import SequenceModel
from slotssm.models.sizes import check_sizes

CORES = ("mamba1", "mamba2")
CoreState = MambaState | Mamba2State


@dataclass(frozen=True)
class SlotSSMConfig:
    """Sizes of a SlotSSM. `slots` gives one count for every layer; where it changes, that layer has a SlotEncoder.

    `core` is Mamba-1 (a decay for every channel and state) or Mamba-2 (one for every head of `head_size` channels).
    """

    image_size: int = 64
    classes: int = 7
    patches_per_side: int = 1
    width: int = 64
    slots: tuple[int, ...] = (6, 6, 6)
    state: int = 16
    expand: int = 2
    conv: int = 4
    heads: int = 4
    encoder_layers: int = 3
    decoder_layers: int = 3
    mlp_ratio: int = 2
    core: str = "mamba1"
    head_size: int = 32

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        check_sizes(self)
        if not self.slots or min(self.slots) < 1:
            raise ValueError(f"slots is {self.slots}; give at least one layer, each with at least one slot")
        if self.core not in CORES:
            raise ValueError(f"core is {self.core!r}; choose one of: {', '.join(CORES)}")
        if self.core == "mamba2":
            head_count(self.expand * self.width, self.head_size)


class SlotSSMState(NamedTuple):
    """Steps read so far, and each layer's state with the slots folded into the batch: (b·k, …)."""

    time: int
    layers: list[CoreState]


class SlotSSM(SequenceModel):
    """Tokenizer, then layers of SlotEncoder (where needed) → SlotSSM → SlotMixer; decoder."""

    def __init__(self, config: SlotSSMConfig):
        super().__init__()
        self.config = c = config
        self.tokenizer = Tokenizer(c.image_size, c.patches_per_side, c.classes, c.width)
        self.layers = nn.ModuleList(
            SlotSSMLayer(c, slots, inputs=c.slots[i - 1] if i else None) for i, slots in enumerate(c.slots)
        )
        self.decoder = Decoder(c.image_size, c.classes, c.width, c.decoder_layers, c.heads, c.mlp_ratio)

    def start(self, batch: int) -> SlotSSMState:
        """h_0 = 0."""
        return SlotSSMState(0, [layer.start(batch) for layer in self.layers])  # pyright: ignore[reportCallIssue]

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], state: SlotSSMState | None = None
    ) -> tuple[Float[Tensor, "b l k d"], SlotSSMState]:
        """The last layer's slots after every step, and the state after the last. Parallel over time."""
        state = state or self.start(len(steps))
        time = state.time + torch.arange(steps.shape[1], device=steps.device)
        x = self.tokenizer(steps, time)
        states = []
        for layer, before in zip(self.layers, state.layers, strict=True):
            x, after = layer(x, before)
            states.append(after)
        return x, SlotSSMState(state.time + steps.shape[1], states)

    def step(self, step: UInt8[Tensor, "b p p"], state: SlotSSMState) -> tuple[Float[Tensor, "b k d"], SlotSSMState]:
        """One step of the recurrence, at constant cost."""
        slots, state = self(step[:, None], state)
        return slots[:, 0], state

    def decode(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b c y x"]:
        """Logits of every pixel's palette class."""
        return self.decoder(slots)


class SlotSSMLayer(nn.Module):
    """SlotEncoder → SlotSSM → SlotMixer. The SSM is one Mamba or Mamba-2 block whose weights serve all slots."""

    def __init__(self, config: SlotSSMConfig, slots: int, inputs: int | None):
        """`inputs`: how many slots the layer below has; None for the first layer, which reads normed tokens."""
        super().__init__()
        c = config
        self.slots = slots
        encode = inputs != slots
        self.norm_inputs = nn.LayerNorm(c.width) if encode and inputs is not None else None
        self.encoder = SlotEncoder(slots, c.width, c.encoder_layers, c.heads, c.mlp_ratio) if encode else None
        self.norm = nn.LayerNorm(c.width)
        sizes = (c.width, c.state, c.expand, c.conv)
        self.ssm = Mamba(*sizes) if c.core == "mamba1" else Mamba2(*sizes, c.head_size)
        self.mixer = SelfAttentionBlock(c.width, c.heads, c.mlp_ratio)

    def start(self, batch: int) -> CoreState:
        """Zeros for every slot of every sequence."""
        return self.ssm.start(batch * self.slots)

    def forward(self, x: Float[Tensor, "b l m d"], state: CoreState) -> tuple[Float[Tensor, "b l k d"], CoreState]:
        b, length = x.shape[:2]
        if self.encoder is not None:
            x = self.norm_inputs(x) if self.norm_inputs is not None else x
            x = self.encoder(x.flatten(0, 1)).unflatten(0, (b, length))
        x, state = self.recur(x, state)
        return self.mixer(x.flatten(0, 1)).unflatten(0, (b, length)), state

    def recur(self, x: Float[Tensor, "b l k d"], state: CoreState) -> tuple[Float[Tensor, "b l k d"], CoreState]:
        """The SSM alone: every slot is a sequence of its own, folded into the batch."""
        by_slot = x.transpose(1, 2).flatten(0, 1)
        y, state = self.ssm(self.norm(by_slot), state)
        return (by_slot + y).unflatten(0, (len(x), self.slots)).transpose(1, 2), state

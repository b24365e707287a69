"""SAVi (Kipf et al., arXiv 2111.12594): Slot Attention corrects what a transformer layer predicted from the last frame.

Without hints where the objects are (the paper's unconditional setting). The first slots are learned, one vector for
each; drawn at random, as images' Slot Attention has them, `forward` and `step` would differ, and a video would have
another map each time. The paper's own sizes are for 64² and 128²; those here are ours. So are the MLP after each round
of Slot Attention and three rounds in the first frame: the published configuration, which is told where objects are,
has no such MLP and one round throughout (google-research/slot-attention-video, configs/movi/savi_conditional_small.py).

b batch · t frames · m tokens of a picture · k slots · d width · y, x pixels
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.attention import MLP, Attention
from slotssm.scenes.layers.slot_attention import SlotAttention
from slotssm.scenes.models.config import SceneConfig
from slotssm.scenes.models.model import SceneModel


@dataclass(frozen=True)
class SAViConfig(SceneConfig):
    """Sizes of a SAVi; rounds of Slot Attention in the first frame, which knows no slots yet, and in the others."""

    first_iterations: int = 3
    iterations: int = 1


class SAViState(NamedTuple):
    """Frames read so far, and the slots that the next one corrects."""

    time: int
    slots: Float[Tensor, "b k d"]


class SAVi(SceneModel):
    """Encoder; for each frame the corrector, then the predictor; decoder of the corrected slots."""

    def __init__(self, config: SAViConfig, encoder: nn.Module | None = None):
        super().__init__(config, encoder)
        self.rounds = (config.first_iterations, config.iterations)
        self.first = nn.Parameter(torch.randn(config.slots, config.width))
        self.corrector = SlotAttention(config.width, config.mlp_ratio)
        self.predictor = Predictor(config.width, config.heads, config.mlp_ratio)

    def start(self, batch: int) -> SAViState:
        """The learned slots."""
        return SAViState(0, self.first.expand(batch, -1, -1))

    def read(
        self, video: Float[Tensor, "b t 3 y x"], state: SAViState | None = None
    ) -> tuple[Float[Tensor, "b t k d"], SAViState]:
        """The corrected slots of every frame, and the state after the last. One frame after the other."""
        time, slots = state or self.start(len(video))
        corrected = []
        for tokens in self.encode(video).unbind(1):
            corrected.append(self.corrector(slots, tokens, self.rounds[0 if time == 0 else 1]))
            slots = self.predictor(corrected[-1])
            time += 1
        all_slots = torch.stack(corrected, 1) if corrected else slots[:, None][:, :0]  # of no frames, no slots
        return all_slots, SAViState(time, slots)


class Predictor(nn.Module):
    """Attention among the slots, then an MLP, each residual and normed afterwards: slots can't grow with time."""

    def __init__(self, width: int, heads: int, mlp_ratio: int):
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm_attended = nn.LayerNorm(width)
        self.mlp = MLP(width, mlp_ratio * width)
        self.norm = nn.LayerNorm(width)

    def forward(self, slots: Float[Tensor, "b k d"]) -> Float[Tensor, "b k d"]:
        x = self.norm_attended(slots + self.attention(slots, slots))
        return self.norm(x + self.mlp(x))

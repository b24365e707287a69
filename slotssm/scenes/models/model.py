"""What a model of scenes is to the rest of the toolkit."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from slotssm.layers.broadcast import BroadcastDecoder
from slotssm.scenes.layers.cnn import CNNEncoder
from slotssm.scenes.models.config import SceneConfig


class SceneOutput(NamedTuple):
    """Of a video, or of one frame (then without t).

    reconstruction: what is drawn, `config.targets` as channels.   alpha: each slot's share of every pixel; sum to 1.
    """

    reconstruction: Float[Tensor, "b *t c y x"]
    alpha: Float[Tensor, "b *t k y x"]
    slots: Float[Tensor, "b *t k d"]


class SceneModel(nn.Module):
    """Looks at pictures one after the other, keeps slots, draws from them what it sees.

    A model writes `start` and `read`. `forward` over a whole video and repeated `step` give the same numbers, none sees
    the future, and a video may have any number of frames. `encoder` makes tokens of pictures, `decoder` draws slots.

    b batch · t frames · c channels · y, x pixels · m tokens of a picture · k slots · d width
    """

    def __init__(self, config: SceneConfig, encoder: nn.Module | None = None):
        """`encoder`: pictures (n, 3, y, x) → tokens (n, m, d); the CNN where none is given."""
        super().__init__()
        self.config = c = config
        self.encoder = encoder or CNNEncoder(c.image_size, c.downsampling, c.features, c.width)
        self.decoder = BroadcastDecoder(c.image_size, c.width, c.channels, features=c.decoder_features, polish=False)

    @abstractmethod
    def start(self, batch: int) -> Any:
        """The state before the first frame."""

    @abstractmethod
    def read(self, video: Float[Tensor, "b t 3 y x"], state: Any = None) -> tuple[Float[Tensor, "b t k d"], Any]:
        """Slots after every frame, and the state after the last. RGB in 0…1. Nothing is drawn."""

    def encode(self, video: Float[Tensor, "b t 3 y x"]) -> Float[Tensor, "b t m d"]:
        """Every picture's tokens. However a video lies in memory, convolutions see it in one order, and round alike."""
        pictures = video.flatten(0, 1).contiguous(memory_format=torch.channels_last)
        return self.encoder(pictures).unflatten(0, video.shape[:2])

    def decode(self, slots: Float[Tensor, "b k d"]) -> tuple[Float[Tensor, "b c y x"], Float[Tensor, "b k y x"]]:
        """The picture, and each slot's share of every pixel."""
        return self.decoder(slots)

    def forward(self, video: Float[Tensor, "b t 3 y x"]) -> SceneOutput:
        """Every frame, read and drawn."""
        slots, _ = self.read(video)
        drawn, alpha = (x.unflatten(0, video.shape[:2]) for x in self.decode(slots.flatten(0, 1)))
        return SceneOutput(drawn, alpha, slots)

    def step(self, frame: Float[Tensor, "b 3 y x"], state: Any) -> tuple[SceneOutput, Any]:
        """One frame, and the state after it."""
        slots, state = self.read(frame[:, None], state)
        return SceneOutput(*self.decode(slots[:, 0]), slots[:, 0]), state


@dataclass(frozen=True)
class SceneEntry:
    """A model of the table: its config's type, how to build it, and one line about it."""

    config: type
    build: Callable[..., SceneModel]
    summary: str

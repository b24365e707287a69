"""A plain GRU over whole patches: a model of one's own for Blinking Color Balls, in forty lines."""

from dataclasses import dataclass

from torch import nn

from slotssm.models import ModelEntry, SequenceModel


@dataclass(frozen=True)
class PlainGRUConfig:
    image_size: int = 64
    classes: int = 7
    patches_per_side: int = 1
    width: int = 64
    layers: int = 1


class PlainGRU(SequenceModel):
    def __init__(self, config: PlainGRUConfig):
        super().__init__()
        self.config = c = config
        self.inputs = nn.Linear((c.image_size // c.patches_per_side) ** 2 * c.classes, c.width)
        self.gru = nn.GRU(c.width, c.width, c.layers, batch_first=True)
        self.image = nn.Linear(c.width, c.classes * c.image_size**2)

    def start(self, batch):
        return self.inputs.weight.new_zeros(self.config.layers, batch, self.config.width)

    def forward(self, steps, state=None):
        pixels = nn.functional.one_hot(steps.long(), self.config.classes).flatten(2)
        x = self.inputs(pixels.to(self.inputs.weight.dtype))
        y, state = self.gru(x, self.start(len(steps)) if state is None else state)
        return y[:, :, None], state  # one slot

    def step(self, step, state):
        slots, state = self(step[:, None], state)
        return slots[:, 0], state

    def decode(self, slots):
        c = self.config
        return self.image(slots[:, 0]).unflatten(1, (c.classes, c.image_size, c.image_size))


ENTRY = ModelEntry(PlainGRUConfig, PlainGRU, "a plain GRU over whole patches (examples/plain-gru)")

"""How to train on scenes: every setting of a run, in one place. Loads no torch."""

from dataclasses import dataclass
from typing import ClassVar

from slotssm.recipe import PRECISIONS

TASKS = ("objects", "depth", "snitch")
SAMPLINGS = ("window", "random", "segments")
ENDINGS = ("last", "any")


@dataclass(frozen=True)
class SceneTrainConfig:
    """How to train. What is not said here is as in `slotssm.recipe.TrainConfig`.

    task:     what is learned: "objects" and "depth" draw the model's targets (squared error; the names differ for the
              reader alone), "snitch" says the snitch's cell after the last frame (cross-entropy), and draws nothing.
    sampling: which frames of a clip an item has, see `choose_frames`; `frames` is how many, 0 all that there are.
    endings:  where clips end in training: "last" (whole clips, as the paper has them), or "any", with the snitch's cell
              there for the answer (ours): from one clip there are many to learn, those that show it among them. Tests
              are of whole clips.
    decodes:  how many of them, at random, are drawn and compared, which is most of a step's time; 0 is all (ours).
    lr, clip: SAVi's (arXiv 2111.12594) are 2e-4 and 0.05 over 100,000 steps; the defaults are for short runs (ours).
    """

    task: str = "objects"
    sampling: str = "window"
    frames: int = 6
    endings: str = "last"
    decodes: int = 2
    steps: int = 4000
    batch_size: int = 16
    lr: float = 1e-3
    warmup: int = 200
    decay: int = -1
    weight_decay: float = 0.01
    clip: float = 1.0
    validate_every: int = 250
    patience: int = 0
    max_minutes: float = 0.0
    checkpoint_minutes: float = 2.0
    precision: str = "auto"
    device: str = "auto"
    backend: str = "auto"
    workers: int = 0
    seed: int = 0

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        for name, table in (("task", TASKS), ("sampling", SAMPLINGS), ("endings", ENDINGS), ("precision", PRECISIONS)):
            if getattr(self, name) not in table:
                raise ValueError(f"{name} {getattr(self, name)!r} is not one of: {', '.join(table)}")
        for name in ("steps", "batch_size", "validate_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        at_least_0 = "frames decodes warmup weight_decay patience max_minutes checkpoint_minutes workers seed"
        for name in at_least_0.split():
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more")
        if not 0 < self.lr < float("inf") or not self.clip > 0:
            raise ValueError(f"lr {self.lr} and clip {self.clip} must be more than 0")
        if not -1 <= self.decay <= self.steps:
            raise ValueError(f"decay is {self.decay}, of {self.steps} steps; it must not be more (-1: a quarter)")
        if self.sampling == "segments" and not self.frames:
            raise ValueError("frames is 0; sampling by segments needs to know how many there are, as --frames 50")

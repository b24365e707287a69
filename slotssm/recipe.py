"""How to train: every setting of a training run, in one place. Loads no torch."""

from dataclasses import dataclass, replace
from typing import ClassVar

from slotssm.curriculum import CURRICULA

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class TrainConfig:
    """How to train.

    steps, batch_size: optimiser steps, episodes per step.
    lr, warmup, decay: see `lr_at`; decay −1 is a quarter of the steps.
    curriculum, ramp:  see `context_at`; ramp −1 is half the steps.
    decodes:           images decoded per episode and step: the end of the context, and random earlier frames.
    validate_every:    steps between validations, each over the whole val source at full length.
    patience:          stop after so many validations without a better loss; 0 never.
    max_minutes:       stop (resumably) so long after the start of this call; 0 never.
    backend:           what computes the scans: auto, reference (plain torch, slow), numba (CPU) or triton (GPU).
    precision:         "auto" is bfloat16 on a GPU and float32 elsewhere (attention in bfloat16 is slower on CPUs).
    """

    steps: int = 6000
    batch_size: int = 32
    lr: float = 1e-3
    warmup: int = 100
    decay: int = -1
    weight_decay: float = 0.01
    clip: float = 1.0
    curriculum: str = "length"
    ramp: int = -1
    decodes: int = 2
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
        for name in ("steps", "batch_size", "validate_every", "decodes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("warmup", "weight_decay", "patience", "max_minutes", "checkpoint_minutes", "workers", "seed"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be 0 or more")
        for name in ("decay", "ramp"):
            if getattr(self, name) < -1:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must be 0 or more, or -1 for a share of the steps"
                )
        if not 0 < self.lr < float("inf") or not self.clip > 0:
            raise ValueError(f"lr {self.lr} and clip {self.clip} must be more than 0")
        if self.decay > self.steps:
            raise ValueError(f"decay is {self.decay}, of {self.steps} steps; it must not be more (-1: a quarter)")
        if self.curriculum == "length" and self.ramp > self.steps:
            raise ValueError(f"ramp is {self.ramp}, of {self.steps} steps; it must not be more (-1: half)")
        if self.curriculum not in CURRICULA:
            raise ValueError(f"curriculum {self.curriculum!r} is not one of: {', '.join(CURRICULA)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision {self.precision!r} is not one of: {', '.join(PRECISIONS)}")

    def lasting(self, steps: int) -> "TrainConfig":
        """The same recipe over another number of steps: ramp and decay keep their share."""
        ramp, decay = (n if n < 0 else n * steps // self.steps for n in (self.ramp, self.decay))
        return replace(self, steps=steps, ramp=ramp, decay=decay)

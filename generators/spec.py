"""The spec: the whole description of a dataset. Whoever has the spec has the dataset."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import ClassVar

from generators.lengths import steps
from generators.palette import MAX_COLORS
from generators.rules import RULES
from generators.worlds import BouncingWorld

SPLITS = {"train": 0, "val": 1, "test": 2}


@dataclass(frozen=True)
class Spec:
    """A dataset: a world, a rule, a number of frames and a seed.

    rule:             a name of `RULES`.
    context_frames:   T − 1, the frames before the target.
    patches_per_side: P; a model sees each frame as P² steps.
    colors:           number of non-white colours (the paper's: 5).
    seed:             of every random stream of the dataset.
    world:            the physics and the image.
    version:          of the generator; a change of any bit of any episode raises it.
    Raises ValueError when the fields don't go together.
    """

    rule: str = "earliest"
    context_frames: int = 10
    patches_per_side: int = 1
    colors: int = 5
    seed: int = 0
    world: BouncingWorld = field(default_factory=BouncingWorld)
    version: int = 1

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        if self.rule not in RULES:
            raise ValueError(f"rule {self.rule!r} is not one of: {', '.join(RULES)}")
        if self.context_frames < 1:
            raise ValueError(f"context_frames is {self.context_frames}; an episode needs at least 1")
        if not 1 <= self.colors <= MAX_COLORS:
            raise ValueError(f"colors is {self.colors}; the palette has 1 to {MAX_COLORS}")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; it must be 0 or more")
        if self.version != 1:
            raise ValueError(f"this bcb makes version 1 of the dataset, not {self.version}")
        if self.patches_per_side < 1 or self.world.size % self.patches_per_side:
            raise ValueError(
                f"an image of {self.world.size} pixels can't be cut in {self.patches_per_side} patches a side; "
                f"choose a divisor of {self.world.size}"
            )

    @property
    def length(self) -> int:
        """L, the number of context steps that a model sees."""
        return steps(self.context_frames, self.patches_per_side)

    @property
    def classes(self) -> int:
        """Number of palette classes: background, white and the colours."""
        return 2 + self.colors

    def to_json(self) -> str:
        """The canonical JSON: sorted keys, no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

"""The spec: the whole description of a dataset. Whoever has the spec has the dataset."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from generators.bars import Bars, settled_bars
from generators.convert import convert
from generators.fields import choice, knob, plain, share, turned, whole_number
from generators.lengths import steps
from generators.palette import FIRST_COLOR, MAX_COLORS, palette
from generators.rules import RULES
from generators.worlds import WORLDS, BouncingWorld, World

SPLITS = {"train": 0, "val": 1, "test": 2}


@dataclass(frozen=True)
class Spec:
    """A dataset: a world, a rule, a number of frames and a seed; and knobs that make it harder than the paper's.

    rule:             a name of `RULES`.
    context_frames:   T − 1, the frames before the target.
    patches_per_side: P; a model sees each frame as P² steps.
    colors:           number of non-white colours (the paper's: 5); 0 of rule `none`, under which no ball blinks.
    seed:             of every random stream of the dataset.
    world:            the physics and the image.
    version:          of the generator; a change of any bit of any episode raises it.
    From blink_probability on, and world.start_room, they are knobs: at their defaults they do nothing, and are no part
    of the fingerprint. What they do stands beside them, and in `bcb list knobs`.
    Raises ValueError when a field is wrong or they don't go together.
    """

    rule: str = "earliest"
    context_frames: int = 10
    patches_per_side: int = 1
    colors: int = 5
    seed: int = 0
    world: World = field(default_factory=BouncingWorld)
    version: int = 1
    blink_probability: float = field(
        default=1.0, metadata=knob("the probability that a ball lights up in a frame; above 0, at most 1")
    )
    delay: int = field(
        default=0, metadata=knob("so many of the last context frames have no blink; below context_frames")
    )
    evidence_frames: int = field(
        default=0,
        metadata=knob("balls light up in the first so many context frames alone, so longer is further back; 0 for all"),
    )
    distractor_rate: float = field(
        default=0.0,
        metadata=knob("the share of the blinks that are in one further colour, which no rule counts; below 1"),
    )
    bars: Bars = field(
        default=(),
        metadata=knob(
            "pairs (left, right) of columns between which context frames are hidden; too narrow to hide a ball"
        ),
    )
    noise: float = field(
        default=0.0,
        metadata=knob("the share of the pixels of context frames that are overwritten with black or white; below 1"),
    )

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        def settle(name: str, low: int, high: int | None = None) -> None:
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, high))  # frozen from here on

        choice("rule", self.rule, tuple(RULES))
        settle("context_frames", 1)
        settle("patches_per_side", 1)
        if self.rule == "none" and self.colors != 0:
            raise ValueError(f"rule none paints no ball, so colors must be 0, not {self.colors!r}")
        if self.rule != "none" and self.colors == 0:
            raise ValueError(f"rule {self.rule} paints balls, so colors must be from 1 to {MAX_COLORS}, not 0")
        settle("colors", 0 if self.rule == "none" else 1, MAX_COLORS)
        settle("seed", 0)
        settle("version", 0)
        if self.version != 1:
            raise ValueError(f"this bcb makes version 1 of the dataset, not {self.version}")
        if not isinstance(self.world, World):
            raise ValueError(
                f"world is {self.world!r}; it must be one of {', '.join(w.__name__ for w in WORLDS.values())}"
            )
        if self.world.size % self.patches_per_side:
            raise ValueError(
                f"an image of {self.world.size} pixels can't be cut in {self.patches_per_side} patches a side; "
                f"choose a divisor of {self.world.size}"
            )
        self._settle_knobs()

    def _settle_knobs(self) -> None:
        settled = {
            "blink_probability": share("blink_probability", self.blink_probability, 1),
            "delay": whole_number("delay", self.delay, 0, self.context_frames - 1),
            "evidence_frames": whole_number("evidence_frames", self.evidence_frames, 0),
            "distractor_rate": share("distractor_rate", self.distractor_rate, 0),
            "bars": settled_bars(self.bars, self.world.size, self.world.radius[0]),
            "noise": share("noise", self.noise, 0),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)
        if self.rule == "none" and (names := [name for name, _ in turned(self) if name in settled]):
            raise ValueError(f"rule none asks for the frames as they are, so leave {', '.join(names)} out")
        if self.distractor_rate and self.colors == MAX_COLORS:
            raise ValueError(f"distractors need a colour of their own, so colors must be below {MAX_COLORS}")

    @property
    def length(self) -> int:
        """L, the number of context steps that a model sees."""
        return steps(self.context_frames, self.patches_per_side)

    @property
    def classes(self) -> int:
        """Number of palette classes: background, white, the colours, and the distractor if there is one."""
        return FIRST_COLOR + self.colors + (self.distractor is not None)

    @property
    def distractor(self) -> int | None:
        """The last palette class, in which balls blink but which no answer takes; None without distractors."""
        return FIRST_COLOR + self.colors if self.distractor_rate else None

    @property
    def palette(self) -> np.ndarray:
        """RGB of every palette class, uint8 (classes, 3)."""
        return palette(self.classes - FIRST_COLOR)

    @property
    def knobs(self) -> dict[str, Any]:
        """The knobs that are turned, by dotted name."""
        return dict(turned(self))

    def first(self, frames: int) -> "Spec":
        """The spec whose episodes are the beginnings of these: fewer context frames, and what is left of the delay."""
        gone = self.context_frames - frames
        assert gone >= 0, (self, frames)
        return replace(self, context_frames=frames, delay=max(0, self.delay - gone))

    def to_json(self) -> str:
        """The canonical JSON: sorted keys, no spaces, no knob that is at its default."""
        return json.dumps(plain(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def parse_spec(data: str | Mapping[str, Any]) -> Spec:
    """The spec of a dict or JSON text (`Spec.to_json`, a store's attribute). Raises ValueError as `convert` does.

    It names no kind; where one does, and another than balls, that is said.
    """
    try:
        kind = (json.loads(data) if isinstance(data, str) else data).get("kind", "balls")
    except (ValueError, AttributeError):
        kind = "balls"  # `convert` says what is wrong
    if kind != "balls":
        raise ValueError(f"this spec is of kind {kind}, and only balls will do here")
    return convert(Spec, data)

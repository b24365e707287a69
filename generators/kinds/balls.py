"""Kind `balls`: blinking balls in a window, what `generators.spec` describes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.kinds.kind import Arrays, Field, Label
from generators.palette import FIRST_COLOR, NAMES, WHITE
from generators.spec import Spec, parse_spec

if TYPE_CHECKING:
    from generators.episode import Episode, Truth

# Episodes that are made before the first of them is written: to do one thing many times is sooner done.
BATCH, BATCH_FRAMES = 32, 2**16

ARRAYS = {
    "frames": Field("uint8", ("episode", "time", "y", "x"), 255),
    "target": Field("uint8", ("episode", "y", "x"), 255, final=True),
    "position": Field("float32", ("episode", "time_all", "ball", "xy"), "NaN"),
    "velocity": Field("float32", ("episode", "time_all", "ball", "xy"), "NaN"),
    "radius": Field("float32", ("episode", "ball"), "NaN"),
    "mass": Field("float32", ("episode", "ball"), "NaN"),
    "blink_ball": Field("int16", ("episode", "time"), -32768),
    "blink_color": Field("uint8", ("episode", "time"), 255),
    "answer": Field("uint8", ("episode", "time", "ball"), 255),
}


def make_truth(spec: Spec, split: str, index: int) -> "Truth":
    """`generators.episode.make_truth`, which is loaded when it is called, for it loads numba."""
    from generators.episode import make_truth

    return make_truth(spec, split, index)


@dataclass(frozen=True)
class Drawn:
    """The arrays of an episode whose images are drawn when they are asked for."""

    truth: "Truth"

    def read(self, name: str) -> np.ndarray:
        drawn = {"frames": self.truth.frames, "target": self.truth.target}
        return drawn[name]() if name in drawn else getattr(self.truth, name)

    def window(self, name: str, start: int, stop: int, out: np.ndarray | None = None) -> np.ndarray:
        if name == "frames":
            return self.truth.frames(start, stop, out)
        return self.read(name)[start:stop]


@dataclass(frozen=True)
class Balls:
    """Blinking balls in a window."""

    physics: str = "pymunk"
    command: str = "bcb generate"

    def parse(self, data: str | Mapping[str, Any]) -> Spec:
        return parse_spec(data)

    def arrays(self, spec: Spec) -> Mapping[str, Field]:
        return ARRAYS

    def sizes(self, spec: Spec) -> Mapping[str, int]:
        return {
            "time": spec.context_frames,
            "time_all": spec.context_frames + 1,
            "y": spec.world.size,
            "x": spec.world.size,
            "ball": spec.world.balls,
            "xy": 2,
        }

    def attributes(self, spec: Spec) -> dict[str, Any]:
        return {"palette": spec.palette.tolist()}

    def beginning(self, spec: Spec, frames: int) -> Spec:
        return spec.first(min(spec.context_frames, frames))

    def batch(self, spec: Spec) -> int:
        return max(1, min(BATCH, BATCH_FRAMES // spec.context_frames))

    def make(self, spec: Spec, split: str, index: int) -> Drawn:
        return Drawn(make_truth(spec, split, index))

    def problems(self, spec: Spec, stored: Arrays, whole: bool) -> Iterator[str]:
        """Every answer against its blinks; and, of the whole, every image against tracks and colours."""
        from generators.verify.content import answer_problem, image_problems, needed

        names = needed(spec)
        there = {name: stored.read(name) for name in (ARRAYS if whole else names) if name != "frames"}
        said = answer_problem(spec, *(there[name] for name in names))
        if said:
            yield said
        if whole:
            yield from image_problems(spec, there, stored.window)

    def episode(self, values: dict[str, np.ndarray]) -> "Episode":
        from generators.episode import Episode

        return Episode(**values)

    def length(self, spec: Spec) -> int:
        return spec.length

    def title(self, spec: Spec) -> str:
        return f"{spec.rule}-{spec.length}"

    def summary(self, spec: Spec) -> list[str]:
        world, side = spec.world, spec.patches_per_side
        lines = [
            f"rule {spec.rule}, length {spec.length}, seed {spec.seed}",
            f"{spec.context_frames} context frames of {world.size}×{world.size} pixels, {side}×{side} patches; "
            f"{world.balls} balls, {spec.colors} colours",
        ]
        knobs = ", ".join(f"{name} {value}" for name, value in spec.knobs.items())
        return lines + [f"harder than the paper's: {knobs}"] * bool(knobs)

    def label(self, spec: Spec) -> Label:
        """The balls' colours; never the background, nor the colour of distractors."""
        can_be = range(WHITE, FIRST_COLOR + spec.colors)
        names = tuple(NAMES[color] if color in can_be else None for color in range(spec.classes))
        return Label("answer", "share of each answer", "colour", names)

"""World `bouncing`: elastic, frictionless balls in an empty rectangular window (PAPER §1, §5)."""

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from generators.fields import choice, interval, knob, numbers, share, whole_number
from generators.worlds.physics import bounce
from generators.worlds.placement import check_fit, place
from generators.worlds.tracks import Tracks

MIN_BALLS, MAX_BALLS = 2, 10
MIN_RADIUS = 1.5  # pixels; every such disc covers the centres of several pixels wherever it is
MAX_SIZE = 4096  # pixels
MASSES = ("equal", "random")
MASS_SPAN = 3.0  # random masses lie between 1/3 and 3


@dataclass(frozen=True)
class BouncingWorld:
    """Balls that bounce off each other and the window's walls.

    balls:  how many, 2 to 10.
    size:   side of the square image, pixels.
    radius: each ball's radius is drawn uniformly from this range, pixels; at least 1.5.
    speed:  each ball's first speed, likewise, pixels per frame; at most `size`. Directions are uniform.
    mass:   "equal" (1 each) or "random" (log-uniform in [1/3, 3]; PAPER §5, video prediction).
    window: the rectangle (left, top, right, bottom) in pixels the balls stay in; None for the whole image.
    start_room: a knob: the balls start in the middle of the window, in a room of this share of its sides. In little
            room they start close together, so that one is soon taken for another.
    Raises ValueError when a field is wrong or the balls can't fit.
    """

    balls: int = 4
    size: int = 64
    radius: tuple[float, float] = (7.0, 7.0)
    speed: tuple[float, float] = (2.0, 4.0)
    mass: Literal["equal", "random"] = "equal"
    window: tuple[float, float, float, float] | None = None
    name: Literal["bouncing"] = "bouncing"
    start_room: float = field(
        default=1.0,
        metadata=knob("the balls start close together, in this share of the window's sides; above 0, at most 1"),
    )

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)  # frozen from here on

        settle("balls", whole_number("balls", self.balls, MIN_BALLS, MAX_BALLS))
        settle("size", whole_number("size", self.size, 1, MAX_SIZE))
        settle("radius", interval("radius", self.radius, MIN_RADIUS, self.size))
        settle("speed", interval("speed", self.speed, 0.0, self.size))
        choice("mass", self.mass, MASSES)
        choice("world", self.name, ("bouncing",))
        if self.window is not None:
            settle("window", numbers("window", self.window, 4))
        left, top, right, bottom = self.bounds
        if not (0 <= left < right <= self.size and 0 <= top < bottom <= self.size):
            raise ValueError(
                f"window {self.bounds} is not a rectangle (left, top, right, bottom) "
                f"within an image of {self.size} pixels"
            )
        if min(right - left, bottom - top) < 2 * self.radius[1] + 1:
            raise ValueError(
                f"a window of {right - left:g}×{bottom - top:g} pixels is too narrow for balls of radius "
                f"{self.radius[1]:g}; each side must be at least {2 * self.radius[1] + 1:g}"
            )
        check_fit(self.balls, self.radius, self.bounds)
        settle("start_room", share("start_room", self.start_room, 1))
        if self.start_room < 1:
            try:
                check_fit(self.balls, self.radius, self.room)
            except ValueError as error:
                raise ValueError(f"start_room is {self.start_room:g}, but {error}, or more start_room") from None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The window (left, top, right, bottom), pixels."""
        return self.window or (0.0, 0.0, float(self.size), float(self.size))

    @property
    def room(self) -> tuple[float, float, float, float]:
        """Where the balls start: (left, top, right, bottom), pixels."""
        left, top, right, bottom = self.bounds
        x, y = (1 - self.start_room) * (right - left) / 2, (1 - self.start_room) * (bottom - top) / 2
        return left + x, top + y, right - x, bottom - y

    def simulate(self, frames: int, rng: np.random.Generator) -> Tracks:
        """Tracks of `frames` frames; those of fewer frames are their beginning. Pure but for the draws from `rng`."""
        frames = whole_number("frames", frames, 1)
        radius, position = place(self.balls, self.radius, self.bounds, rng)
        if self.start_room < 1:  # anew, and from a stream of its own: all that is drawn after it stays as it was
            radius, position = place(self.balls, self.radius, self.room, rng.spawn(1)[0])
        angle = rng.uniform(0, 2 * np.pi, self.balls)
        speed = rng.uniform(*self.speed, self.balls)
        velocity = (np.array([np.cos(angle), np.sin(angle)]) * speed).T
        mass = np.ones(self.balls)
        if self.mass == "random":  # drawn last: the same starts, whatever the masses
            span = math.log(MASS_SPAN)
            mass = np.exp(rng.uniform(-span, span, self.balls)).astype(np.float32).astype(np.float64)
        positions, velocities = bounce(position, velocity, radius, mass, self.bounds, frames)
        return Tracks(positions, velocities, radius.astype(np.float32), mass.astype(np.float32))

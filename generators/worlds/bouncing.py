"""World `bouncing`: elastic, frictionless discs in an empty rectangular window, simulated by pymunk."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from generators.worlds.tracks import Tracks

MAX_BALLS = 10
WALL = 1000.0  # pixels of solid wall beyond the window, so that nothing can tunnel out
MAX_TRIES = 2000


@dataclass(frozen=True)
class BouncingWorld:
    """Balls that bounce off each other and the window's walls.

    balls:  how many, 2 to 10.
    size:   side of the square image, pixels.
    radius: each ball's radius is drawn uniformly from this range, pixels.
    speed:  each ball's first speed, likewise, pixels per frame.
    mass:   "equal" (1 each) or "random" (log-uniform in [1/3, 3]; PAPER §5, video prediction).
    window: the rectangle (left, top, right, bottom) in pixels the balls stay in; None for the whole image.
    Raises ValueError when the fields don't go together or the balls can't fit.
    """

    balls: int = 4
    size: int = 64
    radius: tuple[float, float] = (7.0, 7.0)
    speed: tuple[float, float] = (2.0, 4.0)
    mass: Literal["equal", "random"] = "equal"
    window: tuple[float, float, float, float] | None = None
    name: Literal["bouncing"] = "bouncing"

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The window (left, top, right, bottom), pixels."""
        return self.window or (0.0, 0.0, float(self.size), float(self.size))

    def simulate(self, frames: int, rng: np.random.Generator) -> Tracks:
        """Tracks of `frames` frames in a fresh Space."""
        import pymunk

        radius, start = self._place(rng)
        angle = rng.uniform(0, 2 * np.pi, self.balls)
        speed = rng.uniform(*self.speed, self.balls)
        velocity = np.stack([np.cos(angle), np.sin(angle)], 1) * speed[:, None]
        mass = np.exp(rng.uniform(-np.log(3), np.log(3), self.balls)) if self.mass == "random" else np.ones(self.balls)
        radius, mass = radius.astype(np.float32), mass.astype(np.float32)

        space = pymunk.Space()
        left, top, right, bottom = self.bounds
        thick = WALL / 2
        for a, b in (
            ((left - thick, top - WALL), (left - thick, bottom + WALL)),
            ((right + thick, top - WALL), (right + thick, bottom + WALL)),
            ((left - WALL, top - thick), (right + WALL, top - thick)),
            ((left - WALL, bottom + thick), (right + WALL, bottom + thick)),
        ):
            wall = pymunk.Segment(space.static_body, a, b, thick)
            wall.elasticity = 1.0
            space.add(wall)
        bodies = []
        for i in range(self.balls):
            body = pymunk.Body(float(mass[i]), float("inf"))
            body.position = tuple(start[i].tolist())
            body.velocity = tuple(velocity[i].tolist())
            shape = pymunk.Circle(body, float(radius[i]))
            shape.elasticity = 1.0
            space.add(body, shape)
            bodies.append(body)
        substeps = 8
        pos = np.empty((frames, self.balls, 2), np.float32)
        vel = np.empty((frames, self.balls, 2), np.float32)
        for t in range(frames):
            if t:
                for _ in range(substeps):
                    space.step(1.0 / substeps)
            for i, body in enumerate(bodies):
                pos[t, i] = body.position
                vel[t, i] = body.velocity
        return Tracks(pos, vel, radius, mass)

    def _place(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        left, top, right, bottom = self.bounds
        for _ in range(MAX_TRIES):
            radius = rng.uniform(*self.radius, self.balls)
            low = np.array([left, top]) + radius[:, None]
            high = np.array([right, bottom]) - radius[:, None]
            start = rng.uniform(low, high)
            gap = np.linalg.norm(start[:, None] - start[None], axis=-1) - radius[:, None] - radius[None]
            if gap[np.triu_indices(self.balls, 1)].min() > 0:
                return radius, start
        raise ValueError(f"{self.balls} balls of radius {self.radius} don't fit")

"""Balls in a box, as one writes them down with pymunk: a fresh Space per episode, solid walls, nothing lost."""

import numpy as np
import pymunk

SIZE, BALLS, RADIUS, SPEED = 64, 4, 7.0, (2.0, 4.0)  # those of the spec that bcb makes
SUBSTEPS = 4
WALL = 50.0  # half of its thickness


def make_space(rng: np.random.Generator) -> tuple[pymunk.Space, list[pymunk.Body]]:
    """A space with balls at random places, none over another, on their way in random directions."""
    space = pymunk.Space()
    low, high = -WALL, SIZE + WALL
    for start, end in (
        ((low, low), (low, high)),
        ((high, low), (high, high)),
        ((low, low), (high, low)),
        ((low, high), (high, high)),
    ):
        wall = pymunk.Segment(space.static_body, start, end, WALL)
        wall.elasticity = 1.0
        space.add(wall)
    centers: list[np.ndarray] = []
    while len(centers) < BALLS:
        center = rng.uniform(RADIUS, SIZE - RADIUS, 2)
        if all(np.hypot(*(center - other)) > 2 * RADIUS for other in centers):
            centers.append(center)
    bodies = []
    for x, y in centers:
        body = pymunk.Body(1.0, float("inf"))
        body.position = float(x), float(y)
        angle, speed = rng.uniform(0, 2 * np.pi), rng.uniform(*SPEED)
        body.velocity = float(speed * np.cos(angle)), float(speed * np.sin(angle))
        ball = pymunk.Circle(body, RADIUS)
        ball.elasticity = 1.0
        space.add(body, ball)
        bodies.append(body)
    return space, bodies


def advance(space: pymunk.Space) -> None:
    """One frame."""
    for _ in range(SUBSTEPS):
        space.step(1 / SUBSTEPS)

"""A scene played by pymunk's own objects: plain, slow, and what the compiled way must equal bit for bit."""

import math

import numpy as np

from generators.worlds.scene import Scene, kinetic_energy


def play(scene: Scene, positions: np.ndarray, velocities: np.ndarray) -> None:
    """Fill in the tracks, float32 (time, ball, 2) each, all but their first frame, which is the start."""
    space, bodies = _space(scene)
    weight = scene.mass.tolist()
    for t in range(1, len(positions)):
        for _ in range(scene.substeps):
            space.step(1 / scene.substeps)
        now = [body.velocity for body in bodies]
        left = kinetic_energy(weight, now)
        scale = math.sqrt(scene.energy / left) if left else 0.0
        now = [(x * scale, y * scale) for x, y in now]
        for body, v in zip(bodies, now, strict=True):
            body.velocity = v
        positions[t] = [body.position for body in bodies]
        velocities[t] = now


def _space(scene: Scene):
    import pymunk  # here, so that reading a spec needs no physics

    space = pymunk.Space()
    space.iterations, space.collision_slop = scene.iterations, scene.slop
    for x, y, to_x, to_y, half in scene.walls.tolist():
        wall = pymunk.Segment(space.static_body, (x, y), (to_x, to_y), half)
        wall.elasticity = 1.0
        space.add(wall)
    bodies = []
    for position, velocity, radius, mass in zip(*(each.tolist() for each in scene[:4]), strict=True):
        body = pymunk.Body(mass, math.inf)  # without friction nothing turns
        body.position, body.velocity = tuple(position), tuple(velocity)
        ball = pymunk.Circle(body, radius)
        ball.elasticity = 1.0
        space.add(body, ball)
        bodies.append(body)
    return space, bodies

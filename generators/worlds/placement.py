"""First positions: discs dropped one by one at random until none overlaps."""

import math

import numpy as np

TRIES = 100  # places tried for one ball before all are taken up again
RESTARTS = 2000  # configurations begun before giving up; far more than `check_fit` lets a world need
TRIALS, ENOUGH = 50, 5  # a world must get `ENOUGH` configurations out of at most `TRIALS` begun

Bounds = tuple[float, float, float, float]


def place(balls: int, radius: tuple[float, float], bounds: Bounds, rng: np.random.Generator) -> tuple:
    """Radii drawn uniformly from the range, and centres of discs that neither overlap nor leave the bounds.

    Each ball is uniform over the room that those before it leave; if one finds none, all are drawn
    again, radii too. Returns (radius, position), float64 (ball,) and (ball, 2).
    Raises ValueError after `RESTARTS` configurations.
    """
    for _ in range(RESTARTS):
        placed = _attempt(balls, radius, bounds, rng)
        if placed is not None:
            return placed
    raise ValueError(_cannot(balls, radius, bounds))


def check_fit(balls: int, radius: tuple[float, float], bounds: Bounds) -> None:
    """Raise ValueError unless balls drawn at random usually fit, so that no episode can fail later."""
    area = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    # However they are packed, n discs of radius r in a convex room cover at most π/√12 of it (Fejes Tóth, 1950).
    if balls * math.sqrt(12) * radius[0] ** 2 > area:
        raise ValueError(_cannot(balls, radius, bounds))
    rng = np.random.default_rng(0)  # a fixed trial: whether a world is valid is no matter of luck
    successes = 0
    for _ in range(TRIALS):
        successes += _attempt(balls, radius, bounds, rng) is not None
        if successes == ENOUGH:
            return
    raise ValueError(_cannot(balls, radius, bounds))


def _attempt(balls: int, radius: tuple[float, float], bounds: Bounds, rng: np.random.Generator) -> tuple | None:
    left, top, right, bottom = bounds
    # Stored as float32, and those very values are simulated and drawn.
    radii = rng.uniform(*radius, balls).astype(np.float32).astype(np.float64)
    random = rng.random
    placed: list[tuple[float, float, float]] = []  # plain floats and loops: for ten balls faster than arrays
    for r in radii.tolist():
        width, height = right - left - 2 * r, bottom - top - 2 * r
        for _ in range(TRIES):
            x, y = left + r + random() * width, top + r + random() * height
            for a, b, q in placed:
                if not (x - a) ** 2 + (y - b) ** 2 > (r + q) ** 2:
                    break  # they overlap
            else:
                placed.append((x, y, r))
                break
        else:
            return None
    return radii, np.array(placed)[:, :2]


def _cannot(balls: int, radius: tuple[float, float], bounds: Bounds) -> str:
    size = f"{bounds[2] - bounds[0]:g}×{bounds[3] - bounds[1]:g}"
    many = f"{radius[0]:g}" if radius[0] == radius[1] else f"{radius[0]:g} to {radius[1]:g}"
    return (
        f"{balls} balls of radius {many} don't fit at random in a window of {size} pixels; "
        "take fewer or smaller balls, or a larger image or window"
    )

"""The benchmark a second time, as plainly as PAPER §1 says it. Shares no code with what makes episodes.

Add a rule here too when you add one: a test walks `RULES` and fails where its answer is missing.
"""

from collections.abc import Callable

import numpy as np

BACKGROUND = 0
WHITE = 1


def earliest(given: list[int]) -> int:
    """The first colour of those a ball was given so far, in order."""
    return given[0]


def frequent(given: list[int]) -> int:
    """The colour given most often; of a tie, the one given first."""
    return sorted(set(given), key=lambda color: (-given.count(color), given.index(color)))[0]


ANSWERS: dict[str, Callable[[list[int]], int]] = {"earliest": earliest, "frequent": frequent}


def running_answers(rule: str, blink_ball: np.ndarray, blink_color: np.ndarray, balls: int) -> np.ndarray:
    """Running answers, uint8 (time, ball), from the blinks (time,) of one episode."""
    given: list[list[int]] = [[] for _ in range(balls)]
    now = [WHITE] * balls
    rows = []
    for ball, color in zip(blink_ball.tolist(), blink_color.tolist(), strict=True):
        if ball != -1:
            given[ball].append(color)
            now[ball] = ANSWERS[rule](given[ball])
        rows.append(list(now))
    return np.array(rows, dtype=np.uint8)


def painted(position: np.ndarray, radius: np.ndarray, colors: np.ndarray, size: int) -> np.ndarray:
    """One image, uint8 (y, x): float32 centres (ball, xy) and radii (ball,), the colour of each ball (ball,)."""
    image = np.full((size, size), BACKGROUND, dtype=np.uint8)
    centre = np.arange(size, dtype=np.float64) + 0.5
    for (x, y), r, color in zip(position.astype(np.float64), radius.astype(np.float64), colors, strict=True):
        image[(centre[None, :] - x) ** 2 + (centre[:, None] - y) ** 2 < r * r] = color
    return image

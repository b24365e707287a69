"""The benchmark a second time, as plainly as PAPER §1 says it. Shares no code with what makes episodes.

Add a rule here too when you add one: a test walks `RULES` and fails where its answer is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

BACKGROUND = 0
WHITE = 1


@dataclass
class Given:
    """What a ball was given so far: at least one colour.

    colors: one after the other.   times: how often each of them, the one that came first standing first.
    """

    colors: list[int] = field(default_factory=list)
    times: dict[int, int] = field(default_factory=dict)


def earliest(given: Given) -> int:
    """The first colour of those a ball was given so far."""
    return given.colors[0]


def frequent(given: Given) -> int:
    """The colour given most often; of a tie, the one given first."""
    most = max(given.times.values())
    return next(color for color, times in given.times.items() if times == most)


def latest(given: Given) -> int:
    """The last colour of those a ball was given so far."""
    return given.colors[-1]


def rarest(given: Given) -> int:
    """The colour given least often; of a tie, the one given first."""
    least = min(given.times.values())
    return next(color for color, times in given.times.items() if times == least)


def second(given: Given) -> int:
    """The second of the colours in the order they came, repeats and all; white while there is but one."""
    return given.colors[1] if len(given.colors) > 1 else WHITE


def count_parity(given: Given) -> int:
    """The first of the colours after an odd number of blinks, the second after an even one."""
    return given.colors[0] if len(given.colors) % 2 else given.colors[1]


def none(given: Given) -> int:
    """White, whatever was given."""
    return WHITE


ANSWERS: dict[str, Callable[[Given], int]] = {
    "earliest": earliest,
    "frequent": frequent,
    "latest": latest,
    "rarest": rarest,
    "second": second,
    "count-parity": count_parity,
    "none": none,
}


def running_answers(rule: str, blink_ball: np.ndarray, blink_color: np.ndarray, balls: int) -> np.ndarray:
    """Running answers, uint8 (time, ball), from the blinks (time,) of one episode."""
    given = [Given() for _ in range(balls)]
    rows = np.full((len(blink_ball), balls), WHITE, dtype=np.uint8)
    for t, (ball, color) in enumerate(zip(blink_ball.tolist(), blink_color.tolist(), strict=True)):
        if t:
            rows[t] = rows[t - 1]
        if ball != -1:
            given[ball].colors.append(color)
            given[ball].times[color] = given[ball].times.get(color, 0) + 1
            rows[t, ball] = ANSWERS[rule](given[ball])
    return rows


def painted(position: np.ndarray, radius: np.ndarray, colors: np.ndarray, size: int) -> np.ndarray:
    """One image, uint8 (y, x): float32 centres (ball, xy) and radii (ball,), the colour of each ball (ball,)."""
    image = np.full((size, size), BACKGROUND, dtype=np.uint8)
    centre = np.arange(size, dtype=np.float64) + 0.5
    for (x, y), r, color in zip(position.astype(np.float64), radius.astype(np.float64), colors, strict=True):
        image[(centre[None, :] - x) ** 2 + (centre[:, None] - y) ** 2 < r * r] = color
    return image

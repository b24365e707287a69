"""The benchmark a second time, as plainly as PAPER §1 says it. Shares no code with what makes episodes.

Add a rule here too when you add one: a test walks `RULES` and fails where its answer is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

BACKGROUND = 0
WHITE = 1

Contacts = dict[int, list[tuple[int, int]]]  # frame → pairs of balls


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
    "contagion": earliest,  # of what a ball was given, or took over with all that it was given
    "none": none,
}
BY_CONTACT = ("contagion",)  # balls that come to touch trade what they were given


def running_answers(
    rule: str, blink_ball: np.ndarray, blink_color: np.ndarray, balls: int, contacts: Contacts | None = None
) -> np.ndarray:
    """Running answers, uint8 (time, ball), from the blinks (time,) of one episode.

    contacts: for a rule BY_CONTACT, the pairs that come to touch in a frame, in their order; None for no contact.
    """
    given = [Given() for _ in range(balls)]
    rows = np.full((len(blink_ball), balls), WHITE, dtype=np.uint8)
    for t, (ball, color) in enumerate(zip(blink_ball.tolist(), blink_color.tolist(), strict=True)):
        if t:
            rows[t] = rows[t - 1]
        for one, other in contacts.get(t, ()) if contacts else ():
            given[one], given[other] = given[other], given[one]
            rows[t, [one, other]] = rows[t, [other, one]]
        if ball != -1:
            given[ball].colors.append(color)
            given[ball].times[color] = given[ball].times.get(color, 0) + 1
            rows[t, ball] = ANSWERS[rule](given[ball])
    return rows


def coming_to_touch(position: np.ndarray, radius: np.ndarray) -> Contacts:
    """Who comes to touch whom, and when, from float32 centres (time, ball, xy) and radii (ball,).

    Two balls touch in a frame where their centres are within 1.25 times the sum of their radii, in float64. They come
    to touch in the first frame of those in which they do, one after the other.
    """
    found: dict[int, list[tuple[float, int, int]]] = {}
    for one, other in combinations(range(len(radius)), 2):
        apart = position[:, one].astype(np.float64) - position[:, other].astype(np.float64)
        reach = radius[[one, other]].astype(np.float64).sum()
        nearness = np.square(apart).sum(axis=1) / np.square(reach)
        touching = nearness <= 1.5625
        for t in np.flatnonzero(touching & ~np.append(False, touching[:-1])).tolist():
            found.setdefault(t, []).append((float(nearness[t]), one, other))
    return {t: [(one, other) for _, one, other in sorted(pairs)] for t, pairs in found.items()}


def painted(position: np.ndarray, radius: np.ndarray, colors: np.ndarray, size: int) -> np.ndarray:
    """One image, uint8 (y, x): float32 centres (ball, xy) and radii (ball,), the colour of each ball (ball,)."""
    image = np.full((size, size), BACKGROUND, dtype=np.uint8)
    centre = np.arange(size, dtype=np.float64) + 0.5
    for (x, y), r, color in zip(position.astype(np.float64), radius.astype(np.float64), colors, strict=True):
        image[(centre[None, :] - x) ** 2 + (centre[:, None] - y) ** 2 < r * r] = color
    return image

"""The windowed oracle: what `eval.oracle` answers that sees only the last w context frames, for every w = 0 … T − 1.

A ball of which the rule says nothing, given what the window shows, stays white: "don't know".

Under the rules of BEST nobody who sees as much can do better: the answer a to the window is at least as likely to be
the whole's as any other colour b. For frames are independent and colours alike, so what is unseen is as likely with a
and b swapped; and wherever the unseen makes b the answer, the swapped makes a:

- `earliest`: b was first in the unseen; so a is in the swapped.
- `frequent`: of the two, b was given more often in the unseen, or as often and first; so a is in the swapped, and what
  it has in the window comes on top.
- `latest`: b can't be.
- `count-parity`: b was in the unseen if it isn't the window's first or second; and those are a, or can't be.
- `contagion`: as `earliest`, of what a ball is heir to; who that is the window's tracks tell, and they are independent
  of all blinks.

The tests find the same by counting all cases. Of other rules the windowed oracle is only what the name says, the rule
applied to a window: under `second` and `rarest`, who knows how much is unseen can do better with fewer frames, so that
an effective memory is an upper bound there.
"""

import numpy as np

from eval.oracle import DEFINITIONS, Given, given_in
from eval.truth import Truth
from generators.palette import FIRST_COLOR, WHITE

BEST = ("earliest", "frequent", "latest", "count-parity", "contagion")


def windowed_answers(truth: Truth) -> np.ndarray:
    """The rule applied to the last w context frames: uint8 (n, window, ball), windows w = 0 … T − 1.

    One pass from the last frame to the first, all episodes at once. Raises ValueError for a rule not in DEFINITIONS.
    """
    if truth.rule not in DEFINITIONS:
        known = ", ".join(DEFINITIONS)
        raise ValueError(f"rule {truth.rule} can't be applied to a window; choose one of {known}")
    define = DEFINITIONS[truth.rule]
    n, frames = truth.blink_ball.shape
    given = given_in(truth)
    seen = Given(  # nothing yet; frame by frame it grows backwards
        times=np.zeros_like(given.times),
        first=np.full_like(given.first, frames),
        blinks=np.zeros_like(given.blinks),
        start=given.start + given.blinks,
        color=given.color,
    )
    answers = np.full((n, frames + 1, given.blinks.shape[1]), WHITE, dtype=np.uint8)
    for w in range(1, frames + 1):
        t = frames - w
        episode = np.flatnonzero(truth.blink_ball[:, t] >= 0)
        ball, color = truth.blink_ball[episode, t], truth.blink_color[episode, t]
        seen.times[episode, ball, color - FIRST_COLOR] += 1
        seen.first[episode, ball, color - FIRST_COLOR] = t
        seen.blinks[episode, ball] += 1
        seen.start[episode, ball] -= 1
        answers[:, w] = define(seen)
    return answers

"""For rules that look at each ball's own colours alone: from a function of those to running answers."""

from collections.abc import Callable

import numpy as np

from generators.palette import WHITE
from generators.rules.rule import Blinks


def answers_from_own_colors(blinks: Blinks, balls: int, answer_after: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Running answers, uint8 (time, ball): white before a ball's first blink, then held from blink to blink.

    answer_after: from the colours one ball was given, in order, uint8 (blink,), at least one, to its answer after
    each, uint8 (blink,). The whole takes time linear in the number of frames.
    """
    frames = len(blinks.ball)
    answers = np.full((frames, balls), WHITE, dtype=np.uint8)
    for ball in range(balls):
        times = np.flatnonzero(blinks.ball == ball)
        if len(times):
            held = np.diff(times, append=frames)
            answers[times[0] :, ball] = np.repeat(answer_after(blinks.color[times]), held)
    return answers

"""Heirs: who has in the end what a ball was given, where balls trade what they have.

Under `contagion` two balls that come to touch trade colours. Followed from the last context frame back to the first,
each ball comes to where its colour was given; so every blink has an heir, the ball that has it in the end. Told of
heirs instead of the balls that blinked, all of `eval` may take `contagion` for `earliest`.

A blink's heir depends only on what follows it: on who comes to touch whom in later frames, for balls trade before they
blink. So a window of the last frames, whose first shows who touches already, tells the heirs of all blinks in it.
"""

import numpy as np

TRADING = ("contagion",)  # the rules under which balls trade
REACH = 1.25


def heirs(position: np.ndarray, radius: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """The heir of every blink of an episode: int16 (time,), −1 where none blinks.

    position: float32 (time, ball, 2), centres in the context frames.   radius: float32 (ball,).
    ball:     int16 (time,), who blinks; −1 for none.
    """
    one, other = np.triu_indices(len(radius), 1)
    centre, size = position.astype(np.float64), radius.astype(np.float64)
    x, y = (centre[:, one, axis] - centre[:, other, axis] for axis in (0, 1))
    apart = (x * x + y * y) / ((size[one] + size[other]) ** 2)  # (time, pair)
    touch = apart <= REACH**2
    news = touch[1:] & ~touch[:-1]  # (time − 1, pair), from the second frame on
    heir = np.full(len(ball), -1, np.int16)
    of = np.arange(len(radius), dtype=np.int16)  # whose is, in the end, what each ball has now
    for t in range(len(ball) - 1, -1, -1):
        if ball[t] >= 0:
            heir[t] = of[ball[t]]
        if t and news[t - 1].any():
            pairs = np.flatnonzero(news[t - 1])
            for k in pairs[np.argsort(apart[t, pairs], kind="stable")][::-1]:  # the last to trade first
                of[[one[k], other[k]]] = of[[other[k], one[k]]]
    return heir

"""The colour that a prediction gives a ball, by vote of the pixels where the ball is.

A ball's predicted colour is the majority class of the prediction over its true disc in the target
frame, or rather over the pixels of the disc in which the ball is seen: where discs overlap, a pixel
shows (and votes for) the ball on top alone, or else a perfect prediction would not be perfect. All
palette classes can win, the background too; a tie goes to the lowest class. A ball with no pixel of
its own, being wholly covered, outside the image or smaller than a pixel, has no colour and is not scored.
"""

import numpy as np

from eval.truth import Truth

UNSEEN = -1


def ball_colors(class_map: np.ndarray, truth: Truth) -> np.ndarray:
    """The predicted colour of every ball: int16 (n, ball), palette classes, −1 for a ball that isn't seen.

    class_map: uint8 (n, y, x), below truth.classes.
    """
    n, balls = truth.radius.shape
    episode, y, x = np.nonzero(truth.top >= 0)
    ball = truth.top[episode, y, x].astype(np.intp)
    voter = (episode * balls + ball) * truth.classes + class_map[episode, y, x]
    votes = np.bincount(voter, minlength=n * balls * truth.classes).reshape(n, balls, truth.classes)
    winner = votes.argmax(axis=-1).astype(np.int16)  # the first of the largest: the lowest class of a tie
    return np.where(votes.any(axis=-1), winner, np.int16(UNSEEN))

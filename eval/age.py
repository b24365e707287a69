"""Age: how many frames ago a ball's colour was decided, and accuracy for each age.

The decisive blink of a ball is the last context frame at which its running answer changed, and so took its
final value; under `earliest` that is its first blink. Its age is T − t, with context frames t = 1 … T − 1 and
the target at T: 1 for the last context frame, T − 1 for the first. A ball that stays white has no age.
"""

import numpy as np

from eval.estimate import Estimate, Sums, estimate
from eval.metrics.balls import UNSEEN, ball_colors
from eval.truth import Truth
from generators.palette import WHITE

NO_AGE = 0


def decisive_age(answers: np.ndarray) -> np.ndarray:
    """Frames from the decisive blink to the target: int64 (…, ball), 0 for a ball whose answer is white.

    answers: uint8 (…, time, ball), running answers.
    """
    before = np.full_like(answers, WHITE)  # the answer one frame earlier; all balls start white
    before[..., 1:, :] = answers[..., :-1, :]
    since = (answers != before)[..., ::-1, :].argmax(axis=-2) + 1  # from the end, the first change is the last
    return np.where(answers[..., -1, :] == WHITE, NO_AGE, since)


def by_age(class_map: np.ndarray, truth: Truth) -> dict[int, Estimate]:
    """painted_accuracy of the balls of each age, for the ages that there are, youngest first.

    class_map: uint8 (n, y, x).
    """
    return estimate_by_age(ball_colors(class_map, truth), truth)


def estimate_by_age(color: np.ndarray, truth: Truth) -> dict[int, Estimate]:
    """`by_age` from the predicted colours, int16 (n, ball), that `ball_colors` yields."""
    age = np.where(color == UNSEEN, NO_AGE, decisive_age(truth.answers))
    right = color == truth.answer
    ages = [a for a in np.unique(age).tolist() if a != NO_AGE]
    sums = []
    for a in ages:
        of_age = age == a
        sums.append(Sums((of_age & right).sum(1, dtype=np.float64), of_age.sum(1, dtype=np.float64)))
    return dict(zip(ages, estimate(sums), strict=True))

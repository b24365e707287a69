"""Age: how many frames ago a ball's colour was decided, and accuracy for each age.

The decisive blink of a ball is the last context frame at which its running answer changed, and so took its
final value; under `earliest` that is its first blink. Under three rules the answer may stay what it was, or change
hands, although what it rests on is another blink:

- `latest`: the ball's last blink is decisive, for a colour given twice running need only be seen the second time.
- `count-parity`: its first blink is, for every one counts, so that memory has to reach back to the first.
- `contagion`: the first blink of those that the ball is heir to, whichever ball it was of.

Its age is T − t, with context frames t = 1 … T − 1 and the target at T: 1 for the last context frame, T − 1 for the
first. A ball that stays white has no age.
"""

from collections.abc import Callable

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


def first_blink_age(truth: Truth) -> np.ndarray:
    """Frames from each ball's first blink to the target: int64 (n, ball), 0 for a ball that never blinked."""
    blinked = _blinked(truth)
    return np.where(blinked.any(axis=1), blinked.shape[1] - blinked.argmax(axis=1), NO_AGE)


def last_blink_age(truth: Truth) -> np.ndarray:
    """Frames from each ball's last blink to the target: int64 (n, ball), 0 for a ball that never blinked."""
    blinked = _blinked(truth)
    return np.where(blinked.any(axis=1), blinked[:, ::-1].argmax(axis=1) + 1, NO_AGE)


# The rules whose decisive blink isn't where the running answer last changed.
DECISIVE: dict[str, Callable[[Truth], np.ndarray]] = {
    "latest": last_blink_age,
    "count-parity": first_blink_age,
    "contagion": first_blink_age,
}


def age_of_balls(truth: Truth) -> np.ndarray:
    """Frames from the decisive blink of its rule to the target: int64 (n, ball), 0 for a ball whose answer is white."""
    age = DECISIVE.get(truth.rule)
    return decisive_age(truth.answers) if age is None else age(truth)


def by_age(class_map: np.ndarray, truth: Truth) -> dict[int, Estimate]:
    """painted_accuracy of the balls of each age, for the ages that there are, youngest first.

    class_map: uint8 (n, y, x).
    """
    return estimate_by_age(ball_colors(class_map, truth), truth)


def estimate_by_age(color: np.ndarray, truth: Truth) -> dict[int, Estimate]:
    """`by_age` from the predicted colours, int16 (n, ball), that `ball_colors` yields."""
    age = np.where(color == UNSEEN, NO_AGE, age_of_balls(truth))
    right = color == truth.answer
    ages = [a for a in np.unique(age).tolist() if a != NO_AGE]
    sums = []
    for a in ages:
        of_age = age == a
        sums.append(Sums((of_age & right).sum(1, dtype=np.float64), of_age.sum(1, dtype=np.float64)))
    return dict(zip(ages, estimate(sums), strict=True))


def _blinked(truth: Truth) -> np.ndarray:
    """bool (n, time, ball)."""
    return truth.blink_ball[:, :, None] == np.arange(truth.radius.shape[1])

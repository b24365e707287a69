"""Hand-made truths for the tests of eval."""

import numpy as np
import pytest

from eval.discs import paint
from eval.truth import Truth
from generators.palette import palette


def make_squares(answers, *, running=None) -> Truth:
    """2×2-pixel balls in a row with a column of background after each: ball b covers columns 3b and 3b + 1.

    answers: classes (n, ball).   running: running answers (n, time, ball); one frame if None.
    """
    answer = np.array(answers, np.uint8)
    n, balls = answer.shape
    answers_in_time = answer[:, None] if running is None else np.array(running, np.uint8)
    frames = answers_in_time.shape[1]
    center = np.stack([1.0 + 3 * np.arange(balls), np.ones(balls)], axis=1)
    truth = Truth(
        index=np.arange(n),
        target=np.zeros((n, 2, 3 * balls), np.uint8),
        position=np.tile(center, (n, 1, 1)).astype(np.float32),
        radius=np.full((n, balls), 0.9, np.float32),
        answers=answers_in_time,
        blink_ball=np.full((n, frames), -1, np.int16),
        blink_color=np.ones((n, frames), np.uint8),
        palette=palette(5),
        rule="unlisted",
        colors=5,
    )
    truth.target[:] = paint(truth.top, truth.answer)
    return truth


@pytest.fixture
def truth_of_squares():
    return make_squares

"""What every rule must keep, whatever it says. Run it on a new rule; the tests run it over `RULES`."""

import pickle
from dataclasses import is_dataclass

import numpy as np

from generators.palette import FIRST_COLOR, WHITE
from generators.rules.rule import Blinks, Rule

EPISODES = 40


def check_rule(rule: Rule) -> None:
    """Raise ValueError, in one line, if the rule breaks what makers and scorers of episodes rely on.

    That is: a frozen dataclass that pickles; uint8 answers (time, ball); the same each time, its input untouched;
    an answer is white or a colour that some ball had been given by then; and it never looks ahead.
    """
    name = type(rule).__name__
    if not is_dataclass(rule) or not type(rule).__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise ValueError(f"rule {name} must be a frozen dataclass")
    twin = pickle.loads(pickle.dumps(rule))
    for episode in range(EPISODES):
        rng = np.random.default_rng(episode)
        balls, frames = int(rng.integers(1, 11)), int(rng.integers(1, 60))
        blinks = _blinks(balls, frames, rng)
        before = Blinks(blinks.ball.copy(), blinks.color.copy())
        answers = rule.answers(blinks, balls)
        if answers.shape != (frames, balls) or answers.dtype != np.uint8:
            raise ValueError(
                f"rule {name} gave {answers.dtype} {answers.shape}; it must give uint8 {(frames, balls)}, (time, ball)"
            )
        if not (np.array_equal(before.ball, blinks.ball) and np.array_equal(before.color, blinks.color)):
            raise ValueError(f"rule {name} changed the blinks it was given")
        if not np.array_equal(answers, twin.answers(blinks, balls)):
            raise ValueError(f"rule {name} gave two answers to one question; it must be a pure function")
        for t in range(frames):
            seen = {WHITE, *before.color[: t + 1].tolist()}
            if unseen := set(answers[t].tolist()) - seen:
                raise ValueError(f"rule {name} answers {unseen} after frame {t}, where no ball had been given that")
            beginning = rule.answers(Blinks(before.ball[: t + 1], before.color[: t + 1]), balls)
            if not np.array_equal(beginning, answers[: t + 1]):
                raise ValueError(f"rule {name} looks ahead: its answers to frame {t} change with what comes after")


def _blinks(balls: int, frames: int, rng: np.random.Generator) -> Blinks:
    """Few colours, so that ties are common; and frames without a blink, at the start above all."""
    ball = rng.integers(-1, balls, frames).astype(np.int16)
    ball[: rng.integers(0, 4)] = -1
    color = rng.integers(FIRST_COLOR, FIRST_COLOR + 3, frames).astype(np.uint8)
    color[ball < 0] = WHITE
    return Blinks(ball, color)

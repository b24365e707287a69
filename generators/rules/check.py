"""What every rule must keep, whatever it says. Run it on a new rule; the tests run it over `RULES`."""

import copy
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
        before = copy.deepcopy(blinks)
        answers = rule.answers(blinks, balls)
        if answers.shape != (frames, balls) or answers.dtype != np.uint8:
            raise ValueError(
                f"rule {name} gave {answers.dtype} {answers.shape}; it must give uint8 {(frames, balls)}, (time, ball)"
            )
        if not all(np.array_equal(was, getattr(blinks, name)) for name, was in vars(before).items()):
            raise ValueError(f"rule {name} changed the blinks it was given")
        if not np.array_equal(answers, twin.answers(blinks, balls)):
            raise ValueError(f"rule {name} gave two answers to one question; it must be a pure function")
        for t in range(frames):
            seen = {WHITE, *before.color[: t + 1].tolist()}
            if unseen := set(answers[t].tolist()) - seen:
                raise ValueError(f"rule {name} answers {unseen} after frame {t}, where no ball had been given that")
            beginning = rule.answers(before.until(t + 1), balls)
            if not np.array_equal(beginning, answers[: t + 1]):
                raise ValueError(f"rule {name} looks ahead: its answers to frame {t} change with what comes after")


def _blinks(balls: int, frames: int, rng: np.random.Generator) -> Blinks:
    """Few colours, so that ties are common; frames without a blink, at the start above all; and balls that meet."""
    ball = rng.integers(-1, balls, frames).astype(np.int16)
    ball[: rng.integers(0, 4)] = -1
    color = rng.integers(FIRST_COLOR, FIRST_COLOR + 3, frames).astype(np.uint8)
    color[ball < 0] = WHITE
    position = rng.normal(0, 2, (1, balls, 2)) + rng.normal(0, 0.5, (frames, balls, 2)).cumsum(axis=0)
    return Blinks(ball, color, position.astype(np.float32), rng.uniform(0.5, 1.5, balls).astype(np.float32))

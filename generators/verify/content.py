"""Is what the episodes say true?"""

from collections.abc import Iterator

import numpy as np

from generators.episode import Episode, make_episode
from generators.remake import differing
from generators.spec import Spec
from generators.verify.oracle import ANSWERS, WHITE, painted, running_answers


def answer_problem(spec: Spec, ball: np.ndarray, color: np.ndarray, answer: np.ndarray) -> str | None:
    """What is wrong with an episode's blinks (time,), or its answers (time, ball) for these blinks; None if nothing."""
    if spec.rule not in ANSWERS:
        return f"rule {spec.rule} can't be checked; write it in generators/verify/oracle.py too"
    none = ball == -1
    if (ball < -1).any() or (ball >= spec.world.balls).any():
        return "blink_ball names a ball that isn't there"
    if (color[none] != WHITE).any() or (color[~none] <= WHITE).any() or (color >= spec.classes).any():
        return "blink_color is no colour of the palette"
    if not np.array_equal(answer, running_answers(spec.rule, ball, color, spec.world.balls)):
        return f"answer isn't what rule {spec.rule} gives for its blinks"
    return None


def image_problems(spec: Spec, episode: Episode) -> Iterator[str]:
    """Every image of an episode that isn't what its tracks and colours paint."""
    for t, frame in enumerate(episode.frames):
        colors = np.full(spec.world.balls, WHITE)
        if 0 <= episode.blink_ball[t] < spec.world.balls:
            colors[episode.blink_ball[t]] = episode.blink_color[t]
        if not np.array_equal(frame, painted(episode.position[t], episode.radius, colors, spec.world.size)):
            yield f"frame {t + 1} isn't what its positions and blink paint"
    target = painted(episode.position[-1], episode.radius, episode.answer[-1], spec.world.size)
    if not np.array_equal(episode.target, target):
        yield "target isn't what its positions and last answers paint"


def remake_problem(spec: Spec, split: str, index: int, episode: Episode) -> str | None:
    """In what an episode differs from the one that its spec gives, in any bit; None if in nothing."""
    wrong = differing(episode, make_episode(spec, split, index))
    return f"isn't what the spec gives: {', '.join(wrong)}" if wrong else None

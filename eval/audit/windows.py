"""Last frames: what they alone are worth, to the best who sees no more, and to who copies their colours.

Worth is from 0, guessing, to 1, all that can be known: (score − chance) / (1 − chance), with the score and the windowed
oracle of effective memory (`eval.memory`). The more frames it takes, the better: a dataset whose last two tell nearly
all is no test of memory, and nor is one of which half the frames will always do.
"""

import numpy as np

from eval.audit.facts import Data, Facts, at_last_frame, in_blocks
from eval.audit.line import FAIL, OK, WARNING, Line, measured
from eval.estimate import Estimate, Sums, estimate
from eval.memory import BEST, windowed_answers
from eval.memory.effective import worth
from eval.metrics.balls import ball_colors
from generators.palette import FIRST_COLOR, WHITE

FEW = (0.3, 0.75)  # of the last two frames: above these a warning, and a failure
HALF = (0.8, 0.95)  # of half the frames


def check(data: Data) -> list[Line]:
    """A line for each window, and one for the copy of the last frame."""
    facts = data.tested
    answers = windowed_answers(facts.truth)
    frames = answers.shape[1] - 1
    bounds = {w: HALF for w in (frames // 2, frames // 4) if w} | {w: FEW for w in (1, 2) if w <= frames}
    most = "" if facts.truth.rule in BEST else "the rule applied to these frames; a clever solver may do better"
    lines = [
        _line(f"worth of the last {w} of {frames} frames" if w > 1 else "worth of the last frame", share, bound, most)
        for w, bound in sorted(bounds.items())
        for share in [worth_of(answers[:, w], facts)]
    ]
    return [*lines, _line("worth of a copy of the last frame", worth_of(copied(facts), facts), FEW)]


def worth_of(color: np.ndarray, facts: Facts) -> Estimate:
    """What colours, (n, ball), are worth on the balls scored; 1 where there is but one colour to guess."""
    colors, balls = facts.truth.colors, facts.scored.sum(axis=1)
    if colors == 1:
        return Estimate(1.0, 1.0, 1.0, int(balls.sum()))
    above = worth(color, facts.truth, facts.scored) - balls  # units of 1 / colors
    return estimate([Sums(above / (colors - 1), balls)])[0]


def copied(facts: Facts) -> np.ndarray:
    """The colour that each ball shows in the last frame's pixels, uint8 (n, ball); white unless it is an answer's."""
    seen = in_blocks(lambda some: ball_colors(some.target, some), at_last_frame(facts))
    answers = (seen >= FIRST_COLOR) & (seen < FIRST_COLOR + facts.truth.colors)
    return np.where(answers, seen, WHITE).astype(np.uint8)


def _line(what: str, share: Estimate, bound: tuple[float, float], remark: str = "") -> Line:
    warned, failed = bound
    verdict = FAIL if share.low > failed else WARNING if share.value > warned else OK
    return measured(what, share, f"at most {failed:g}; little: {warned:g}", verdict=verdict, remark=remark)

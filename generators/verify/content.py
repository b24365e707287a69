"""Is what the episodes say true?"""

from collections.abc import Callable, Iterator

import numpy as np

from generators.kinds import Arrays, kind_of
from generators.remake import same
from generators.spec import Spec
from generators.store.plan import Plan
from generators.store.schema import layouts
from generators.verify.oracle import ANSWERS, BY_CONTACT, WHITE, coming_to_touch, painted, running_answers
from generators.verify.veil import barred, unlike

Window = Callable[[str, int, int], np.ndarray]  # (array, start, stop) → its moments [start, stop), as stored


def needed(spec: Spec) -> tuple[str, ...]:
    """The arrays of an episode that `answer_problem` asks for, in its order."""
    return "blink_ball", "blink_color", "answer", *(("position", "radius") if spec.rule in BY_CONTACT else ())


def answer_problem(
    spec: Spec,
    ball: np.ndarray,
    color: np.ndarray,
    answer: np.ndarray,
    position: np.ndarray | None = None,
    radius: np.ndarray | None = None,
) -> str | None:
    """What is wrong with an episode's blinks (time,), or its answers (time, ball) for these blinks; None if nothing.

    position: (time_all, ball, xy) and radius (ball,) tell who touches whom; without them nobody does.
    """
    if spec.rule not in ANSWERS:
        return f"rule {spec.rule} can't be checked; write it in generators/verify/oracle.py too"
    none = ball == -1
    if (ball < -1).any() or (ball >= spec.world.balls).any():
        return "blink_ball names a ball that isn't there"
    if (color[none] != WHITE).any() or (color[~none] <= WHITE).any() or (color >= spec.classes).any():
        return "blink_color is no colour of the palette"
    if not none[len(ball) - spec.delay :].all():
        return f"a ball blinks in the last {spec.delay} context frames"
    if spec.evidence_frames and not none[spec.evidence_frames :].all():
        return f"a ball blinks after the first {spec.evidence_frames} context frames"
    counted = np.where(color < 2 + spec.colors, ball, -1)  # the class after the colours is the distractor's
    contacts = None
    if spec.rule in BY_CONTACT and position is not None and radius is not None:
        contacts = coming_to_touch(position[:-1], radius)
    if not np.array_equal(answer, running_answers(spec.rule, counted, color, spec.world.balls, contacts)):
        return f"answer isn't what rule {spec.rule} gives for its blinks"
    return None


def image_problems(spec: Spec, there: dict[str, np.ndarray], window: Window) -> Iterator[str]:
    """Every image of an episode that isn't what its tracks and colours paint.

    there: its arrays but the frames.   window: reads the frames, of which only some are held at a time.
    """
    size = spec.world.size
    for start, stop in layouts(spec)["frames"].spans:
        for t, frame in enumerate(window("frames", start, stop), start):
            colors = np.full(spec.world.balls, WHITE)
            if 0 <= there["blink_ball"][t] < spec.world.balls:
                colors[there["blink_ball"][t]] = there["blink_color"][t]
            image = barred(painted(there["position"][t], there["radius"], colors, size), spec.bars)
            if unlike(frame, image, spec.noise):
                yield f"frame {t + 1} isn't what its positions and blink paint"
    if not np.array_equal(there["target"], painted(there["position"][-1], there["radius"], there["answer"][-1], size)):
        yield "target isn't what its positions and last answers paint"


def remake_problem(plan: Plan, index: int, stored: Arrays) -> str | None:
    """In what an episode differs from the one that its spec gives; None if in nothing."""
    kind = kind_of(plan.spec)
    fields, here = kind.arrays(plan.spec), kind.make(plan.spec, plan.split, index)

    def differs(name: str, spans: list[tuple[int, int]], within: int) -> bool:
        return not all(same(stored.window(name, *span), here.window(name, *span), within) for span in spans)

    wrong = [
        name
        for name, layout in layouts(plan.spec).items()
        if (within := fields[name].within) is not None and differs(name, layout.spans, within)
    ]
    return f"isn't what the spec gives: {', '.join(wrong)}" if wrong else None

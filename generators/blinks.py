"""Which ball blinks in each context frame, and in which colour (PAPER §1); with the knobs that make it harder."""

import numpy as np

from generators.palette import FIRST_COLOR, WHITE
from generators.rules import Blinks
from generators.spec import Spec
from generators.streams import DISTRACTED, LIT, knob_stream

NOBODY = -1


def draw_blinks(spec: Spec, split: str, index: int, rng: np.random.Generator) -> Blinks:
    """A ball and a colour for every context frame, all independent and uniform; none without colours.

    One draw from `rng` per frame covers both, so an episode with fewer frames is the beginning of the longer one.
    Knobs then take blinks out, or give them the distractor's colour; those they leave are the same as without.
    """
    frames = spec.context_frames
    if not spec.colors:
        return Blinks(np.full(frames, NOBODY, np.int16), np.full(frames, WHITE, np.uint8))
    ball, color = np.divmod(rng.integers(spec.world.balls * spec.colors, size=frames), spec.colors)
    ball, color = ball.astype(np.int16), (FIRST_COLOR + color).astype(np.uint8)
    if spec.distractor is not None:
        color[knob_stream(spec, DISTRACTED, split, index).random(frames) < spec.distractor_rate] = spec.distractor
    dark = np.arange(frames) >= min(frames - spec.delay, spec.evidence_frames or frames)
    if spec.blink_probability < 1:
        dark |= knob_stream(spec, LIT, split, index).random(frames) >= spec.blink_probability
    ball[dark], color[dark] = NOBODY, WHITE
    return Blinks(ball, color)


def that_count(spec: Spec, blinks: Blinks) -> Blinks:
    """The blinks as the rule is told of them: without the distractors."""
    if spec.distractor is None:
        return blinks
    distracts = blinks.color == spec.distractor
    return Blinks(
        np.where(distracts, np.int16(NOBODY), blinks.ball), np.where(distracts, np.uint8(WHITE), blinks.color)
    )

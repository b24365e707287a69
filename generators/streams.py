"""The random streams of an episode: one for the world and the blinks, and one of its own for each knob.

A knob that is turned so leaves the bits alone that the others draw. A spawn key is hashed as a row of words, and an
index from 2³² on takes two; so what tells a knob's key from those of episodes stands first, where these have a split.
"""

import numpy as np

from generators.spec import SPLITS, Spec

LIT, DISTRACTED, NOISE = (len(SPLITS) + k for k in range(3))  # never renumber: it would change datasets


def episode_stream(spec: Spec, split: str, index: int) -> np.random.Generator:
    """The world draws from it first, then the blinks."""
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=(SPLITS[split], index)))


def knob_stream(spec: Spec, knob: int, split: str, index: int, *frame: int) -> np.random.Generator:
    """A knob's own, of an episode; or of one of its frames, so that any frame can be made by itself."""
    return np.random.default_rng(np.random.SeedSequence(spec.seed, spawn_key=(knob, SPLITS[split], index, *frame)))

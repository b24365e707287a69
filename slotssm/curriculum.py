"""Which context lengths a training step sees, and at which times it decodes.

The paper trains on the whole context and decodes at its end. From scratch that takes long to learn, for
the colour rule is learned only once the balls are placed; from short contexts upwards it takes minutes
(docs/LOG.md). Shorter contexts are the same task, and running answers exist for every frame.
"""

import numpy as np

CURRICULA = ("none", "length")


def context_at(step: int, frames: int, ramp: int, curriculum: str, seed: int) -> int:
    """Context frames of the batch at a step.

    none:   all `frames`, always (the paper's protocol).
    length: the longest grows linearly from 1 to `frames` over `ramp` steps; every other batch is a random shorter one.
    """
    if curriculum == "none":
        return frames
    longest = min(frames, 1 + step * frames // max(ramp, 1))
    shorter = int(np.random.default_rng((seed, step, 1)).integers(1, longest + 1))
    return longest if step % 2 else shorter


def decode_at(step: int, context: int, decodes: int, batch: int, seed: int) -> np.ndarray:
    """Frames after which each episode of a batch is decoded, int (batch, ≤ decodes): the last, and earlier ones."""
    rng = np.random.default_rng((seed, step, 2, 0))
    extra = min(decodes, context) - 1
    earlier = rng.permuted(np.tile(np.arange(context - 1), (batch, 1)), axis=1)[:, :extra]
    return np.concatenate([np.full((batch, 1), context - 1), earlier], axis=1)

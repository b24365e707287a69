"""Which frames of a clip are looked at (PAPER §5)."""

import numpy as np


def choose_frames(total: int, frames: int, sampling: str, rng: np.random.Generator | None) -> np.ndarray:
    """Indices of the frames of a clip of `total` frames, in order. Without `rng`, those that are tested on.

    window:   `frames` in a row; tested on: the first.
    random:   `frames` at random (the paper's pre-training: 32); tested on: those that share the clip evenly.
    segments: one at random from each of `frames` equal parts (the paper's: 50 parts of 6 frames of 300); tested on: the
              last of each, so every 6th, and the clip's last frame, whose label is asked for, among them.
    `frames` 0 is all. Raises ValueError for more frames than there are.
    """
    if frames > total:
        raise ValueError(f"the clips have {total} frames, not {frames}; ask for fewer frames")
    frames = frames or total
    ends = (np.arange(1, frames + 1) * total) // frames  # where the parts end; of equal length if they can be
    if sampling == "window":
        return np.arange(frames) + (rng.integers(total - frames + 1) if rng else 0)
    if rng is None:
        return ends - 1
    if sampling == "random":
        return np.sort(rng.choice(total, frames, replace=False))
    return rng.integers(np.r_[0, ends[:-1]], ends)

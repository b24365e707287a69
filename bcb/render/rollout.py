"""Rollouts as panels: the given frames in white, then the truth in green over the prediction in red."""

import numpy as np
from PIL import Image

from bcb.render.marks import grid
from bcb.render.panels import Look, check_size, framed
from bcb.render.style import TARGET, enlarge
from generators.episode import Episode
from generators.palette import BACKGROUND
from generators.spec import Spec

ROLLOUT_MS = 150  # a frame is shown so long: that of a video, not of a puzzle
LEGEND = "truth green, prediction red"
# Neither, only the truth, only the prediction; and both, which is what light of both colours makes.
SHADES = np.array([(0, 0, 0), (0, 200, 80), (230, 30, 30), (255, 225, 60)], dtype=np.uint8)


def rollout_panels(
    episode: Episode, spec: Spec, look: Look, rollout: np.ndarray, legend: bool = False
) -> list[Image.Image]:
    """RGB images of one size, of all T frames in order.

    rollout: palette classes, uint8 (time, y, x), of the last `time` frames as they are predicted.
    legend:  say below each of them what the colours mean.
    Raises ValueError when the images would be too large to be of use.
    """
    frames = [*episode.frames, episode.target]
    check_size(spec, look, len(frames))
    given, drawn = len(frames) - len(rollout), []
    for t, frame in enumerate(frames):
        if t < given:
            image, caption = enlarge(frame, spec.palette, look.scale), f"{t + 1}"
        else:
            which = (frame != BACKGROUND) + 2 * (rollout[t - given] != BACKGROUND)
            image, caption = enlarge(which, SHADES, look.scale), f"{t + 1}: {LEGEND if legend else 'predicted'}"
        if look.patches:
            image = grid(image, spec.patches_per_side)
        last = t == len(frames) - 1
        drawn.append(framed(image, caption, [], TARGET if last else None) if look.overlay else image)
    return drawn

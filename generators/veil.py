"""What comes between the balls and whoever looks at them: bars, and over these noise. The target is always clear."""

from dataclasses import dataclass

import numpy as np

from generators.palette import BACKGROUND, WHITE
from generators.spec import Spec
from generators.streams import NOISE, knob_stream


@dataclass(frozen=True)
class Veil:
    """That of one episode."""

    spec: Spec
    split: str
    index: int

    def over(self, frames: np.ndarray, first: int) -> np.ndarray:
        """Veil, in place, context frames from number `first` on (0 is the first of all), uint8 (time, y, x).

        A bar's columns are background. Noise makes each pixel background or white, either with half the probability,
        drawn for each frame from a stream of its own, so that any frames can be drawn by themselves.
        """
        for left, right in self.spec.bars:
            frames[:, :, left:right] = BACKGROUND
        if self.spec.noise:
            for t, frame in enumerate(frames, first):
                drawn = knob_stream(self.spec, NOISE, self.split, self.index, t).random(frame.shape)
                frame[drawn < self.spec.noise] = WHITE
                frame[drawn < self.spec.noise / 2] = BACKGROUND
        return frames

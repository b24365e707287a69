"""Coloured discs that move on a grey background: clips as a scene's source gives them, without a renderer."""

from dataclasses import dataclass

import numpy as np

COLORS = np.array([(230, 40, 40), (40, 200, 60), (50, 80, 240), (240, 220, 50), (220, 60, 220), (60, 220, 230)])


@dataclass(frozen=True)
class Discs:
    """`count` clips. Discs reflect at the walls, and the nearer hides the farther. The cell is that of the first."""

    count: int
    frames: int = 6
    size: int = 32
    discs: int = 3
    seed: int = 0

    def __len__(self) -> int:
        return self.count

    def clip(self, index: int) -> dict[str, np.ndarray]:
        rng = np.random.default_rng((self.seed, index))
        radius = rng.uniform(0.12, 0.17, self.discs) * self.size
        start = rng.uniform(0.2, 0.8, (self.discs, 2)) * self.size
        speed = rng.uniform(-0.06, 0.06, (self.discs, 2)) * self.size
        low, high = radius[:, None], self.size - radius[:, None]
        far = start + speed * np.arange(self.frames)[:, None, None] - low
        place = low + np.abs((far + (high - low)) % (2 * (high - low)) - (high - low))  # (time, disc, xy)
        color = COLORS[rng.permutation(len(COLORS))[: self.discs]]
        at = np.arange(self.size) + 0.5
        segmentation = np.zeros((self.frames, self.size, self.size), np.uint8)
        for k in range(self.discs):
            x, y = place[:, k, 0, None, None], place[:, k, 1, None, None]
            segmentation[(at - x) ** 2 + (at[:, None] - y) ** 2 < radius[k] ** 2] = k + 1
        depth = np.array([8.0, *(5.0 - np.arange(self.discs))], np.float32)  # the last disc is the nearest
        cells = (place[:, 0] * 6 / self.size).astype(np.uint8)
        return {
            "rgb": np.concatenate([[[90, 90, 90]], color]).astype(np.uint8)[segmentation],
            "segmentation": segmentation,
            "depth": depth[segmentation],
            "cell": cells[:, 1] * 6 + cells[:, 0],
        }

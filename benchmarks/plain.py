"""The plain script that `bcb bench generate` compares with: the same videos, as a careful user would make them today.

pymunk moves the balls, Pillow draws an ellipse for each, in RGB, and every episode is appended to a zarr array.
Several workers write an array each. No labels, no resume, nothing brought to the disk.
"""

from pathlib import Path

import numpy as np
import zarr
from balls import BALLS, RADIUS, SIZE, advance, make_space
from PIL import Image, ImageDraw
from timing import main

WHITE = (255, 255, 255)
COLORS = ((230, 25, 75), (60, 180, 75), (0, 130, 200), (245, 130, 48), (145, 30, 180))


def episode(frames: int, rng: np.random.Generator) -> np.ndarray:
    """One video, the frame to predict last: uint8 (frames, SIZE, SIZE, 3). Rule `frequent`."""
    space, bodies = make_space(rng)
    blinks = np.column_stack([rng.integers(BALLS, size=frames - 1), rng.integers(len(COLORS), size=frames - 1)])
    video = np.empty((frames, SIZE, SIZE, 3), np.uint8)
    for t in range(frames):
        if t:
            advance(space)
        if t < frames - 1:
            painted = [WHITE] * BALLS
            painted[blinks[t, 0]] = COLORS[blinks[t, 1]]
        else:
            painted = [answer(blinks, ball) for ball in range(BALLS)]
        video[t] = draw([body.position for body in bodies], painted)
    return video


def answer(blinks: np.ndarray, ball: int) -> tuple[int, int, int]:
    """The ball's most frequent colour; of several, the one that it was given first."""
    given = blinks[blinks[:, 0] == ball, 1].tolist()
    return COLORS[max(dict.fromkeys(given), key=given.count)] if given else WHITE


def draw(centers: list, colors: list) -> np.ndarray:
    image = Image.new("RGB", (SIZE, SIZE))
    pen = ImageDraw.Draw(image)
    for (x, y), color in zip(centers, colors, strict=True):
        pen.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), fill=color)
    return np.asarray(image)


def write(out: Path, frames: int, start: int, stop: int) -> None:
    shape = (frames, SIZE, SIZE, 3)
    videos = zarr.create_array(out, shape=(0, *shape), chunks=(1, *shape), dtype="uint8")
    for index in range(start, stop):
        videos.append(episode(frames, np.random.default_rng(index))[None])


if __name__ == "__main__":
    main(write)

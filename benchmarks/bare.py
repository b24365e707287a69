"""The yardstick of `bcb bench generate`: pymunk stepped from Python, positions read, nothing drawn or kept."""

from pathlib import Path

import numpy as np
from balls import advance, make_space
from timing import main


def simulate(_out: Path, frames: int, start: int, stop: int) -> None:
    for index in range(start, stop):
        space, bodies = make_space(np.random.default_rng(index))
        for _ in range(frames - 1):
            advance(space)
            for body in bodies:
                _ = body.position


if __name__ == "__main__":
    main(simulate)

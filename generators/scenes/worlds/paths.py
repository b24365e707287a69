"""How things move in one round of a choreography, and whether they would go through each other.

A path is float64 (time, xyz) with `ROUND` + 1 frames: the last of the round before, and the round's own.
"""

import numpy as np

ROUND = 40  # frames; all that moves rests again at its end
WAIT, MOVE = (0, 10), (20, 30)  # frames before a move, and that it takes (CATER: the same)
LIFT = 2.5  # metres that a jump goes up; CATER's is 2, which some of our solids are higher than
UP, DOWN = 0.2, 0.8  # of a jump's time: until then up, from then on down (CATER)
GAP = 0.05  # metres that solids stay apart

# How wide and how high a unit shape is from its centre at the most, however it turns about itself.
WIDE = {"snitch": 1.0, "sphere": 1.0, "cone": 1.0, "cylinder": 2**0.5, "box": 3**0.5}
HIGH = {"snitch": 1.0, "sphere": 1.0, "cone": 1.0, "cylinder": 2**0.5, "box": 2**0.5}


def timing(rng: np.random.Generator) -> tuple[int, int]:
    """The frames of a round at which a move begins and ends."""
    start = int(rng.integers(WAIT[0], WAIT[1] + 1))
    return start, start + int(rng.integers(MOVE[0], MOVE[1] + 1))


def progress(start: int, end: int) -> np.ndarray:
    """What share of a move is done in each frame, float64 (time,): exactly 0 up to its start, 1 from its end on."""
    return np.clip((np.arange(ROUND + 1) - start) / (end - start), 0.0, 1.0)


def slide(begin: np.ndarray, spot: np.ndarray, done: np.ndarray) -> np.ndarray:
    """Straight along the floor from `begin` (xyz) to over `spot` (xy)."""
    there = np.append(spot, begin[2])
    return np.where(done[:, None] == 1, there, begin + done[:, None] * (there - begin))


def jump(begin: np.ndarray, spot: np.ndarray, done: np.ndarray) -> np.ndarray:
    """Straight up, across, and straight down on `spot` (xy): CATER's pick-place."""
    path = slide(begin, spot, np.clip((done - UP) / (DOWN - UP), 0.0, 1.0))
    path[:, 2] = begin[2] + LIFT * np.interp(done, (0, UP, DOWN, 1), (0, 1, 1, 0))
    return path


def turned(quaternion: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """A quaternion (wxyz) turned further about a unit axis of the world by each angle: (time, wxyz)."""
    w, v = np.cos(angle / 2)[:, None], np.sin(angle / 2)[:, None] * axis
    own, rest = quaternion[0], quaternion[1:]
    return np.hstack([w * own - v @ rest[:, None], w * rest + own * v + np.cross(v, rest)])


def matrices(quaternion: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) of unit quaternions (..., wxyz); a column is an own axis as it stands in the world."""
    w, x, y, z = np.moveaxis(quaternion, -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def standing(shape: str, quaternion: np.ndarray) -> np.ndarray:
    """How high the centre of a unit shape is when it touches the floor, for each rotation (..., wxyz)."""
    along = np.abs(matrices(quaternion)[..., 2, :])  # how far the own axes point up
    if shape == "box":
        return along.sum(axis=-1)
    if shape == "cylinder":
        return along[..., 2] + np.sqrt(np.clip(1 - along[..., 2] ** 2, 0, 1))
    return np.ones(along.shape[:-1])


def clear(path: np.ndarray, others: np.ndarray, wide: np.ndarray, high: np.ndarray) -> bool:
    """Whether nothing comes too near on the way, between frames either.

    path: (time, xyz).   others: (time, other, xyz).   wide, high: (other,), how near centres may come along the floor
    and in height; only where both are nearer do things clash.
    """
    apart = path[:, None] - others
    flat, step = apart[:-1, :, :2], np.diff(apart[..., :2], axis=0)
    length = (step * step).sum(-1)
    nearest = np.clip(-(flat * step).sum(-1) / np.maximum(length, 1e-12), 0, 1)  # when, between two frames
    beside = ((flat + nearest[..., None] * step) ** 2).sum(-1) < (wide + GAP) ** 2
    z, then = apart[:-1, :, 2], apart[1:, :, 2]
    level = (z * then <= 0) | (np.minimum(np.abs(z), np.abs(then)) < high)
    return not (beside & level).any()

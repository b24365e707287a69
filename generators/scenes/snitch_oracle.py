"""What befalls the snitch, a second time: from stored arrays alone, by geometry. Shares no code with the worlds.

The snitch is covered by a cone that all of it is in; it is carried where it moves while covered. Cells are squares of a
metre, counted from the corner (−3, −3), along x first.
"""

from collections.abc import Sequence

import numpy as np

from generators.scenes.oracle import matrix

TOLERANCE = 1e-4  # metres: positions are float32
SNITCH = 0


def snitch_truth(
    position: np.ndarray, quaternion: np.ndarray, shape: Sequence[str], size: np.ndarray, segmentation: np.ndarray
) -> dict[str, np.ndarray]:
    """The arrays of an episode that are of the snitch, by name, as its dtypes are.

    position: (time, object, xyz), quaternion: (time, object, wxyz), shape: names, size: (object,), without the rows
    that hold no object.   segmentation: (time, y, x).
    """
    frames = len(position)
    covered_by = np.array([_outermost(position[t], quaternion[t], shape, size) for t in range(frames)], np.int16)
    seen = [int((segmentation[t] == SNITCH + 1).any()) for t in range(frames)]
    carried, cells, since = np.zeros(frames, np.uint8), [], 0
    for t in range(frames):
        moved = t > 0 and position[t, SNITCH].tolist() != position[t - 1, SNITCH].tolist()
        carried[t] = moved and covered_by[t] >= 0 and covered_by[t - 1] >= 0
        x, y, _ = position[t, SNITCH].tolist()
        cells.append(min(int(y + 3.0), 5) * 6 + min(int(x + 3.0), 5))
        since = 0 if seen[t] else since + 1
    return {
        "cell": np.array(cells, np.uint8),
        "snitch_visible": np.array(seen, np.uint8),
        "covered_by": covered_by,
        "carried": carried,
        "hidden_frames": np.array(since, np.uint16),
    }


def _outermost(position: np.ndarray, quaternion: np.ndarray, shape: Sequence[str], size: np.ndarray) -> int:
    """The largest cone that the snitch is in, −1 for none."""
    around = [-1]
    for k, name in enumerate(shape):
        if name == "cone":
            offset = position[SNITCH].astype(np.float64) - position[k].astype(np.float64)
            x, y, z = matrix(quaternion[k].astype(np.float64)).T @ offset
            above_base = z + size[k]
            within_mantle = (size[k] - z - 2 * np.hypot(x, y)) / np.sqrt(5)  # distance to the mantle
            if min(above_base, within_mantle) >= size[SNITCH] - TOLERANCE:
                around.append(k)
    return max(around, key=lambda k: size[k] if k >= 0 else 0)

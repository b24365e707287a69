"""What the streams draw is pinned: whoever changes it raises the spec's version."""

import numpy as np
import pytest

from generators.scenes.episode import make_motion
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import TOSSED_A, TOSSED_B, SnitchWorld

PINS = [
    # Of episode 1 of the test split: shapes, colours, and where object 0 is in one frame, to a centimetre.
    (TOSSED_A, [2, 2, 1, 2, 2, 0, 0, 1], [7, 7, 4, 0, 7, 1, 4, 4], 0, (1.55, -4.17, 2.11)),
    (TOSSED_B, [3, 4, 3, 4, 3, 1, 0, 2], [14, 15, 9, 1, 15, 2, 9, 8], 0, (1.55, -4.17, 2.11)),
    (SnitchWorld(), [0, 1, 1, 4, 4, 3, 4, 3, 2], [0, 7, 2, 8, 8, 6, 5, 1, 1], 99, (-1.68, 0.42, 0.3)),
    (SnitchWorld(hidden=(30, 60)), [0, 1, 1, 4, 4, 3, 4, 3, 2], [0, 7, 2, 8, 8, 6, 5, 1, 1], 99, (0.87, 1.26, 0.3)),
    (SnitchWorld(cones=3, hidden=(30, 60)), [0, 1, 1, 1, 1], [0, 8, 8, 3, 3], 99, (0.70, -1.14, 0.3)),
]


@pytest.mark.parametrize(("world", "shape", "color", "frame", "place"), PINS)
def test_an_episode_is_what_it_was(world, shape, color, frame, place):
    motion = make_motion(SceneSpec(world=world, frames=100), "test", 1)
    assert motion.shape.tolist() == shape
    assert motion.color.tolist() == color
    assert np.allclose(motion.position[frame, 0], place, atol=0.006)

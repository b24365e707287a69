"""What the tests of scenes share: whether something here can draw."""

import numpy as np
import pytest

from generators.scenes.render import render
from generators.scenes.worlds import TossedWorld


@pytest.fixture(scope="session")
def gl():
    """Skips, with the reason, where there is no GL."""
    world = TossedWorld(objects=(1, 1))
    motion = world.simulate(1, np.random.default_rng(0))
    try:
        render(motion, world.shapes, world.colors, world.materials, world.camera, 16)
    except ValueError as error:
        pytest.skip(str(error))

"""Sources: a view of fewer frames has the very episodes of its own spec."""

import dataclasses

import numpy as np
import pytest

from generators.episode import Episode
from generators.source import Source, SpecSource, View
from generators.spec import Spec
from generators.worlds import BouncingWorld

SPEC = Spec(rule="frequent", context_frames=6, world=BouncingWorld(balls=2, size=16, radius=(2.0, 2.0)))


@pytest.mark.parametrize("frames", [1, 3, 6])
def test_a_view_has_the_episodes_of_its_spec(frames):
    view = View(SpecSource(SPEC, "val", 4), frames, 2)
    assert isinstance(view, Source)
    assert view.spec == dataclasses.replace(SPEC, context_frames=frames, patches_per_side=2)
    made = SpecSource(view.spec, "val", 4)
    assert len(view) == 4
    for i in range(4):
        for field in dataclasses.fields(Episode):
            assert np.array_equal(getattr(view.episode(i), field.name), getattr(made.episode(i), field.name)), (
                field.name
            )


def test_what_the_source_does_not_have_is_refused():
    source = SpecSource(SPEC, "val", 4)
    with pytest.raises(ValueError, match="--context-frames 7"):
        View(source, 7)
    with pytest.raises(ValueError, match="patches"):
        View(source, None, 3)
    with pytest.raises(IndexError):
        source.episode(4)

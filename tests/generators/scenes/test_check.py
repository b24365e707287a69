"""The check finds nothing in what is made here, and something wherever an array is spoiled."""

import numpy as np
import pytest

from generators.scenes.check import problems
from generators.scenes.episode import make_scene
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import TOSSED_A, TOSSED_B, SnitchWorld, TossedWorld

pytestmark = pytest.mark.usefixtures("gl")
SPECS = {
    "a": SceneSpec(world=TossedWorld(size=32), frames=8),
    "b": SceneSpec(world=TossedWorld(size=32, shapes=TOSSED_B.shapes, sizes=(0.8,), camera=TOSSED_B.camera), frames=8),
    "snitch": SceneSpec(world=SnitchWorld(size=32), frames=50),
}


def checked(spec, episode):
    return list(problems(episode, spec.attributes, spec.world.fps))


def spoil(episode, name, change):
    array = episode[name].copy()
    change(array)
    return episode | {name: array}


@pytest.fixture(scope="module", params=SPECS)
def made(request):
    spec = SPECS[request.param]
    return spec, [vars(make_scene(spec, "train", index)) for index in range(3)]


def test_what_is_made_here_is_right(made):
    spec, episodes = made
    assert [checked(spec, episode) for episode in episodes] == [[], [], []]


def put(*where, value):
    def change(array):
        array[where] = value

    return change


SPOILED = {
    "segmentation: frame": ("segmentation", put(0, slice(0, 12), slice(0, 12), value=2)),
    "segmentation: has object": ("segmentation", put(0, 0, 0, value=200)),
    "depth": ("depth", put(-1, slice(10, 22), slice(10, 22), value=1.0)),
    "visibility": ("visibility", put(3, 0, value=999)),
    "quaternion": ("quaternion", put(2, 0, value=0.9)),
    "position": ("position", put(1, 0, 2, value=-1)),
    "color": ("color", put(0, value=255)),
    "rows": ("size", put(-1, value=1)),
    "contact": ("contact", put(3, 0, 1, value=1)),
}


@pytest.mark.parametrize("says", SPOILED)
def test_what_is_spoiled_is_found(made, says):
    spec, episodes = made
    few = next(episode for episode in episodes if (episode["shape"] == 255).any())
    assert any(line.startswith(says) for line in checked(spec, spoil(few, *SPOILED[says])))


def test_wrong_contacts_are_found():
    spec = SceneSpec(world=TossedWorld(size=16, objects=(10, 10), sizes=(0.8,), shapes=("sphere",)), frames=16)
    episode = vars(make_scene(spec, "train", 0))
    assert episode["contact"].any()
    untold = spoil(episode, "contact", put(slice(None), value=0))
    through = spoil(untold, "position", lambda a: np.copyto(a[5, 1], a[5, 0] + np.float32(0.5)))
    assert any("overlap" in line for line in checked(spec, through))
    everyone = spoil(episode, "contact", lambda a: np.copyto(a[1:], 1 - np.eye(10, dtype=np.uint8)))
    assert any("too far" in line for line in checked(spec, everyone))


@pytest.mark.parametrize("name", ["cell", "snitch_visible", "covered_by", "carried", "hidden_frames"])
def test_a_wrong_label_of_the_snitch_is_found(name):
    spec = SPECS["snitch"]
    episode = vars(make_scene(spec, "train", 0))
    wrong = episode | {name: (episode[name] == 0).astype(episode[name].dtype)}
    assert any(line.startswith(name) for line in checked(spec, wrong))


def test_the_defaults_are_right():
    spec = SceneSpec(world=TOSSED_A, frames=3)
    assert checked(spec, vars(make_scene(spec, "val", 0))) == []

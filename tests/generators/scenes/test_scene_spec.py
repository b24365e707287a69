import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from generators.scenes.camera import Camera
from generators.scenes.spec import SceneSpec, parse_scene_spec
from generators.scenes.worlds import SCENE_WORLDS, TOSSED_A, TOSSED_B, TossedWorld

SPECS = [
    SceneSpec(),
    SceneSpec(world=TOSSED_B, frames=3, seed=2**70),
    SceneSpec(world=TossedWorld(objects=(2, 2), size=32, shapes=("cone",), sizes=(0.5,), camera=Camera(fovy=30))),
    *(SceneSpec(world=world(), frames=50) for world in SCENE_WORLDS.values()),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_spec_comes_back_from_its_json(spec):
    for form in (spec.to_json(), json.loads(spec.to_json())):
        back = parse_scene_spec(form)
        assert back == spec
        assert back.fingerprint == spec.fingerprint
        assert hash(back) == hash(spec)


def test_the_canonical_json_is_pinned():
    """Fingerprints name datasets; were the text to change, every stored one would be orphaned."""
    assert SceneSpec().fingerprint == "030d2104e77942bff5f975079888309c110c72850403a91f0a4c4a5276e09ccc"


def test_equal_values_have_equal_fingerprints():
    other = TossedWorld(objects=[np.int64(3), 10], sizes=[np.float64(0.35), 0.7], shapes=list(TOSSED_A.shapes))
    assert SceneSpec(world=other).fingerprint == SceneSpec().fingerprint
    assert SceneSpec(world=TOSSED_B).fingerprint != SceneSpec().fingerprint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "balls"}, "kind"),
        ({"frames": 0}, "frames is 0; it must be from 1 to 10000"),
        ({"frames": 10_001}, "frames is 10001; it must be from 1 to 10000"),
        ({"frames": 2.0}, "whole number"),
        ({"version": 2}, "version 1"),
        ({"world": None}, "TossedWorld"),
    ],
)
def test_a_wrong_spec_is_refused_in_one_line(change, says):
    with pytest.raises(ValueError, match=says) as caught:
        SceneSpec(**change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"objects": (3, 2)}, "low end"),
        ({"objects": 4}, "two whole numbers"),
        ({"objects": (0, 2)}, "from 1 to 16"),
        ({"objects": (1, 17)}, "from 1 to 16"),
        ({"size": 8}, "from 16 to 256"),
        ({"shapes": ("sphere", "ball")}, "'ball' is not one of"),
        ({"shapes": ()}, "list of some of"),
        ({"shapes": "sphere"}, "list of some of"),
        ({"shapes": ("sphere", "sphere")}, "named once"),
        ({"sizes": (0.5, 0.5)}, "must differ"),
        ({"sizes": (1.0,)}, "from 0.1 to 0.8"),
        ({"sizes": ()}, "list of numbers"),
        ({"colors": ("puce",)}, "'puce' is not one of"),
        ({"materials": ("wood",)}, "'wood' is not one of"),
        ({"backdrop": "forest"}, "backdrop 'forest' is not one of"),
        ({"name": "snitch"}, "world 'snitch'"),
        ({"camera": (1, 2, 3)}, "must be a Camera"),
    ],
    ids=str,
)
def test_a_wrong_world_is_refused_in_one_line(change, says):
    with pytest.raises(ValueError, match=says) as caught:
        TossedWorld(**change)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [{"position": (0, 0, 5)}, {"position": (5, 0, 0)}, {"fovy": 0}, {"target": (0, 0)}, {"fovy": float("nan")}],
)
def test_a_wrong_camera_is_refused(change):
    with pytest.raises(ValueError, match="camera"):
        Camera(**change)


@pytest.mark.parametrize(
    ("world", "says"),
    [
        ({"name": "snitch", "hidden": [5, 2]}, "hidden is (5, 2); its low end must not exceed its high end"),
        ({"name": "snitch", "hidden": None, "sizes": [0.3]}, "a cone over the snitch must be"),
        ({"name": "tossed", "backdrop": "blue"}, "backdrop is 'blue': Input should be 'plain' or 'random'"),
        ({"name": "zz", "backdrop": "plain"}, "name is 'zz'"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_world_is_said_of_the_one_that_is_named(world, says):
    with pytest.raises(ValueError, match=r"^[^\n]*$") as caught:
        parse_scene_spec({"world": world})
    assert says in str(caught.value)


def test_an_unknown_key_is_named_with_the_nearest():
    with pytest.raises(ValueError, match=r"unknown key 'world.shape'; did you mean 'world.shapes'"):
        parse_scene_spec({"world": {"name": "tossed", "shape": ["box"]}})


def test_attributes_name_what_indices_stand_for():
    attributes = SceneSpec().attributes
    assert json.loads(json.dumps(attributes)) == attributes
    assert attributes["shapes"] == ["sphere", "box", "cylinder"]
    assert attributes["colors"]["red"] == [173, 35, 35]
    assert set(attributes["camera"]) == {"position", "target", "fovy"}


def test_the_first_frames_are_a_spec():
    assert SceneSpec().first(5) == replace(SceneSpec(), frames=5)


def test_reading_a_spec_loads_no_mujoco():
    code = "import sys, generators.scenes.spec, generators.scenes.episode; assert 'mujoco' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

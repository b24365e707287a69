import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.spec import Spec, parse_spec
from generators.worlds import BouncingWorld

WORLDS = [
    BouncingWorld(),
    BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1, 2)),
    BouncingWorld(balls=2, size=48, radius=(2, 5), mass="random", window=(1, 2, 40, 47.5)),
]
specs = st.builds(
    Spec,
    rule=st.sampled_from(["earliest", "frequent"]),
    context_frames=st.integers(1, 10**6),
    patches_per_side=st.sampled_from([1, 2, 4, 8, 16]),
    colors=st.integers(1, 7),
    seed=st.integers(0, 2**70),
    world=st.sampled_from(WORLDS),
)


@settings(max_examples=60, deadline=None)
@given(specs)
def test_a_spec_comes_back_from_its_json(spec):
    for form in (spec.to_json(), json.loads(spec.to_json()), json.dumps(json.loads(spec.to_json()), indent=2)):
        back = parse_spec(form)
        assert back == spec
        assert back.fingerprint == spec.fingerprint
        assert hash(back) == hash(spec)


def test_the_canonical_json_is_pinned():
    """Fingerprints name datasets; were the text to change, every stored one would be orphaned."""
    assert Spec().to_json() == (
        '{"colors":5,"context_frames":10,"patches_per_side":1,"rule":"earliest","seed":0,"version":1,"world":'
        '{"balls":4,"mass":"equal","name":"bouncing","radius":[7.0,7.0],"size":64,"speed":[2.0,4.0],"window":null}}'
    )
    assert Spec().fingerprint == "05816af6f751c36a4583059a5005c2d9fb90724cea6b2e80bab51e751e89fecf"


def test_equal_values_have_equal_fingerprints():
    spec = Spec(seed=3, world=BouncingWorld(radius=(7, 7), speed=(0, 4)))
    for other in (
        Spec(seed=np.int64(3), world=BouncingWorld(radius=(7.0, 7.0), speed=(-0.0, 4))),
        Spec(seed=3, world=BouncingWorld(radius=(np.float32(7), np.float64(7)), speed=[0, 4])),
        parse_spec({"seed": 3, "world": {"radius": [7, 7], "speed": [0, 4.0]}}),
    ):
        assert other == spec
        assert other.fingerprint == spec.fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "frequent"},
        {"context_frames": 11},
        {"patches_per_side": 2},
        {"colors": 4},
        {"seed": 1},
        {"world": BouncingWorld(balls=3)},
        {"world": BouncingWorld(window=(0, 0, 64, 63))},
    ],
    ids=str,
)
def test_every_field_counts(change):
    assert replace(Spec(), **change).fingerprint != Spec().fingerprint


def test_properties():
    spec = Spec(context_frames=5, patches_per_side=4, colors=3)
    assert (spec.length, spec.classes) == (80, 5)


WRONG_FIELDS = [
    ({"rule": "newest"}, "earliest, frequent"),
    ({"rule": ["earliest"]}, "earliest, frequent"),
    ({"rule": None}, "earliest, frequent"),
    ({"context_frames": 0}, "context_frames is 0"),
    ({"context_frames": 2.0}, "context_frames is 2.0; it must be a whole number"),
    ({"context_frames": True}, "whole number"),
    ({"patches_per_side": 0}, "patches_per_side"),
    ({"patches_per_side": 3}, "divisor of 64"),
    ({"colors": 0}, "colors"),
    ({"colors": 8}, "from 1 to 7"),
    ({"colors": "5"}, "whole number"),
    ({"rule": "none"}, "rule none paints no ball, so colors must be 0, not 5"),
    ({"rule": "none", "colors": False}, "whole number"),
    ({"seed": -1}, "seed is -1"),
    ({"seed": np.float64(1)}, "whole number"),
    ({"seed": None}, "whole number"),
    ({"version": 2}, "version 1"),
    ({"world": {}}, "BouncingWorld"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG_FIELDS, ids=str)
def test_wrong_fields_are_refused_in_one_line(fields, says):
    with pytest.raises(ValueError, match=says) as error:
        Spec(**fields)
    assert "\n" not in str(error.value)


WRONG_DATA = [
    ({"seeed": 1}, "unknown key 'seeed'; did you mean 'seed'"),
    ({"world": {"ballz": 3}}, "unknown key 'world.ballz'; did you mean 'world.balls'"),
    ({"xyz": 1}, "unknown key 'xyz'; known are: rule, context_frames"),
    ({"length": 640}, "unknown key 'length'"),
    ({"seed": "3"}, "seed is '3'"),
    ({"seed": 3.0}, "seed is 3.0"),
    ({"seed": True}, "seed is True"),
    ({"seed": None}, "seed is None"),
    ({"seed": float("nan")}, "JSON can't hold"),
    ({"seed": np.int64(3)}, "JSON can't hold"),
    ({"world": {"balls": 2.5}}, "world.balls is 2.5"),
    ({"world": {"balls": 11}}, "balls is 11"),
    ({"world": {"radius": [7, "7"]}}, "world.radius"),
    ({"world": {"radius": [7]}}, "world.radius"),
    ({"world": {"radius": 7}}, "world.radius is 7"),
    ({"world": {"mass": "heavy"}}, "world.mass"),
    ({"world": {"name": "other"}}, "world.name"),
    ({"world": {"window": [0, 0, 65, 64]}}, "window"),
    ({"world": None}, "world is None"),
    ({"world": [1]}, "world"),
    ('{"world": {"radius": [7, NaN]}}', "finite"),
    ('{"world": {"radius": [7, 1e999]}}', "finite"),
    ('{"seed": 1,}', "not JSON"),
    ("", "not JSON"),
    ("[]", "object"),
    ("3", "object"),
    (None, "object"),
]


@pytest.mark.parametrize(("data", "says"), WRONG_DATA, ids=str)
def test_wrong_data_is_refused_in_one_line(data, says):
    with pytest.raises(ValueError, match=says) as error:
        parse_spec(data)
    assert type(error.value) is ValueError
    assert "\n" not in str(error.value)


def test_keys_left_out_take_their_defaults():
    assert parse_spec({}) == Spec()
    assert parse_spec('{"world": {"balls": 3}}') == Spec(world=BouncingWorld(balls=3))


def test_reading_a_spec_loads_no_physics():
    code = "import sys, generators.spec; print({'pymunk', 'numba', 'pydantic', 'zarr', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

"""Which dataset a user's options mean: preset < config file < flags < --set."""

import pytest

from bcb.presets import PRESETS
from bcb.specs import SpecFlags, spec_from, with_frames
from generators.lengths import PAPER_LENGTHS
from generators.spec import Spec


def frames(spec):
    return spec.context_frames, spec.patches_per_side


def test_nothing_said_is_the_spec_as_it_is():
    assert spec_from(SpecFlags()) == Spec()


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_alone_is_its_spec(name):
    rule = "none" if name.startswith("video") else "frequent"
    assert spec_from(SpecFlags(preset=name, rule=rule, seed=3)) == PRESETS[name].spec(rule, 3)


def test_each_layer_wins_over_the_one_below():
    config = {"rule": "frequent", "seed": 1, "colors": 4, "context_frames": 7, "world": {"mass": "random", "balls": 2}}
    flags = SpecFlags(preset="small", seed=2, colors=3, balls=4)
    sets = {"colors": 2, "world": {"balls": 5}}
    by_layers = [
        spec_from(*args)
        for args in ((SpecFlags("small"),), (SpecFlags("small"), config), (flags, config), (flags, config, sets))
    ]
    assert [s.seed for s in by_layers] == [0, 1, 2, 2]
    assert [s.colors for s in by_layers] == [5, 4, 3, 2]
    assert [s.world.balls for s in by_layers] == [3, 2, 4, 5]
    assert [s.rule for s in by_layers] == ["earliest", "frequent", "frequent", "frequent"]
    assert [s.context_frames for s in by_layers] == [10, 7, 7, 7]
    assert [s.world.mass for s in by_layers] == ["equal", "random", "random", "random"]
    assert {s.world.size for s in by_layers} == {32}


@pytest.mark.parametrize("length", PAPER_LENGTHS)
@pytest.mark.parametrize("preset", [None, "small", "paper-80"])
def test_the_papers_lengths_alone(length, preset):
    assert frames(spec_from(SpecFlags(preset=preset, length=length))) == PAPER_LENGTHS[length]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (SpecFlags(length=7), (7, 1)),
        (SpecFlags(length=80, patches=2), (20, 2)),
        (SpecFlags(length=80, context_frames=20), (20, 2)),
        (SpecFlags(context_frames=20), (20, 1)),
        (SpecFlags(patches=4), (10, 4)),
        (SpecFlags("small-80", context_frames=20), (20, 4)),  # what isn't named stays the preset's
        (SpecFlags("small-80", patches=8), (5, 8)),
        (SpecFlags("small-80", length=7), (7, 1)),
    ],
)
def test_lengths_frames_and_patches(flags, expected):
    assert frames(spec_from(flags)) == expected


def test_radius_and_speed_scale_with_the_size():
    world = spec_from(SpecFlags(size=32)).world
    assert world == PRESETS["small"].spec().world.__class__(balls=4, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))
    assert spec_from(SpecFlags(preset="small", size=64)).world.radius == (7.0, 7.0)
    assert spec_from(SpecFlags(), {"world": {"size": 128}}).world.speed == (4.0, 8.0)
    assert spec_from(SpecFlags(), None, {"world": {"size": 128}}).world.radius == (14.0, 14.0)


def test_a_radius_that_was_given_stays():
    world = spec_from(SpecFlags(size=128), {"world": {"radius": [5.0, 6.0]}}).world
    assert (world.radius, world.speed) == ((5.0, 6.0), (4.0, 8.0))
    assert spec_from(SpecFlags(size=128), None, {"world": {"radius": [5, 6]}}).world.radius == (5.0, 6.0)


@pytest.mark.parametrize(
    ("sets", "says"),
    [
        ({"world": {"raduis": [3, 4]}}, "did you mean 'world.radius'"),
        ({"rul": "frequent"}, "did you mean 'rule'"),
        ({"world": 3}, "world is 3"),
        ({"world": {"size": "big"}}, "world.size is 'big'"),
        ({"world": {"size": -4}}, "size"),
        ({"context_frames": 2.5}, "context_frames is 2.5"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_what_can_not_be_is_named(sets, says):
    with pytest.raises(ValueError, match=says):
        spec_from(SpecFlags(), None, sets)


def test_with_frames():
    spec = PRESETS["small-80"].spec()
    assert with_frames(spec, None, None, None) is spec
    assert frames(with_frames(spec, None, 20, None)) == (20, 4)
    assert frames(with_frames(spec, 2560, None, 16)) == (10, 16)
    assert with_frames(spec, None, 20, None).world == spec.world

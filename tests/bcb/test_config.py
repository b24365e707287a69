"""From what a user wrote to settings: files, --set, and one layer over the other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bcb.config import given as given_flags
from bcb.config import merge, parse_sets, read_config

SETTINGS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), st.integers(0, 3) | inner, max_size=3),
    max_leaves=8,
)


def leaves(settings, path=()):
    """Every innermost value by its path."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def test_json_and_toml_say_the_same(folder):
    (folder / "a.json").write_text('{"rule": "frequent", "world": {"radius": [3, 4.5], "mass": "random"}}')
    (folder / "a.toml").write_text('rule = "frequent"\n[world]\nradius = [3, 4.5]\nmass = "random"\n')
    assert read_config("a.json") == read_config("a.toml")
    assert read_config("a.json") == {"rule": "frequent", "world": {"radius": [3, 4.5], "mass": "random"}}


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.yaml", "rule: frequent", "must end in .json or .toml"),
        ("a.json", "{", "can't be read"),
        ("a.json", "[1]", "must hold an object"),
        ("a.json", '{"rule": "a", "rule": "b"}', "'rule' is given twice"),
        ("a.json", '{"lr": NaN}', "NaN is not a number"),
        ("a.json", '{"lr": 1e999}', "1e999 is not a number"),
        ("a.toml", "lr = nan", "not a number"),
        ("a.toml", "lr = -inf", "not a number"),
        ("a.toml", "lr = ", "can't be read"),
        ("a.json", b"\xff\xfe", "can't be read"),
    ],
)
def test_a_bad_file_is_named(folder, name, text, says):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"a\.(json|yaml|toml)") as caught:
        read_config(folder / name)
    assert says in str(caught.value)


def test_sets():
    sets = ["rule=frequent", "world.radius=[3, 4]", "world.size=32", "world.mass=random", "a.b.c=null", "x=1=2", "y="]
    assert parse_sets(sets) == {
        "rule": "frequent",
        "world": {"radius": [3, 4], "size": 32, "mass": "random"},
        "a": {"b": {"c": None}},
        "x": "1=2",
        "y": "",
    }
    assert parse_sets(["seed=1", "seed=2"]) == {"seed": 2}
    assert parse_sets([]) == {}


@pytest.mark.parametrize("item", ["rule", "=3", "world.=3", ".radius=3", "a..b=3", "x=NaN", "x=[Infinity]", "x=1e999"])
def test_a_bad_set_is_named(item):
    with pytest.raises(ValueError, match=r"--set|not a number"):
        parse_sets([item])


@given(SETTINGS, SETTINGS)
def test_merge_keeps_the_later_of_every_leaf(low, high):
    merged = dict(leaves(merge(low, high)))
    below, above = dict(leaves(low)), dict(leaves(high))
    for path, value in above.items():
        assert merged[path] == value
    for path, value in merged.items():
        assert above.get(path, below.get(path)) == value
    assert merge(low, {}) == merge({}, low) == low


@given(SETTINGS, SETTINGS, SETTINGS)
def test_merge_changes_no_layer_and_goes_layer_by_layer(a, b, c):
    before = json.dumps([a, b, c])
    assert merge(a, b, c) == merge(merge(a, b), c)
    assert json.dumps([a, b, c]) == before


def test_flags_not_given_are_left_out_and_zeros_are_kept():
    assert given_flags(a=None, b=0, c="", d=False) == {"b": 0, "c": "", "d": False}

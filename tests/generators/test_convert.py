"""The one strict conversion, where a field may be one of several dataclasses, as a spec's world may be."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal, get_args

import pytest

from generators.convert import convert
from generators.worlds import WORLDS, World


@dataclass(frozen=True)
class Flat:
    balls: int = 1
    kind: Literal["round", "square"] = "round"
    name: Literal["flat"] = "flat"


@dataclass(frozen=True)
class Heavy:
    gravity: float = 0.5
    name: Literal["heavy"] = "heavy"

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        if self.gravity < 0:
            raise ValueError("gravity is below 0")


@dataclass(frozen=True)
class Thing:
    world: Flat | Heavy = field(default_factory=Flat)


def test_of_a_union_the_one_that_is_named_is_taken_with_fields_of_its_own():
    assert convert(Thing, {"world": {"name": "heavy", "gravity": 0.25}}) == Thing(Heavy(0.25))
    assert convert(Thing, {"world": {"balls": 2}}) == Thing(Flat(2))


@pytest.mark.parametrize(
    ("world", "says"),
    [
        ({"name": "heavy", "balls": 1}, "unknown key 'world.balls'; known are: gravity, name"),
        ({"name": "heavy", "gravty": 1.0}, "did you mean 'world.gravity'?"),
        ({"name": "heavy", "gravity": "much"}, "gravity is 'much'"),
        ({"name": "heavy", "gravity": -1.0}, "gravity is below 0"),
        ({"name": "flat", "kind": "wide"}, "kind is 'wide': Input should be 'round' or 'square'"),
        ({"name": "other", "balls": 1}, "name is 'other'"),
        ({"name": "other"}, "name is 'other'"),
        ({"name": ["flat"]}, "name is"),
    ],
)
def test_what_is_wrong_with_it_is_said_of_that_one(world, says):
    with pytest.raises(ValueError, match=r"^[^\n]*$") as error:
        convert(Thing, {"world": world})
    assert says in str(error.value)


def test_every_world_of_the_table_may_stand_in_a_spec():
    assert set(get_args(World) or (World,)) == set(WORLDS.values())
    assert all(world().name == name for name, world in WORLDS.items())

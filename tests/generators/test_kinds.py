"""The engine over a kind that is nothing like balls: whole numbers and fractions, dimensions of its own, one number."""

import hashlib
import json
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import zarr

from generators.engine import generate
from generators.kinds import KINDS, Field, Label, Whole, kind_of, parse_any
from generators.kinds.balls import Balls
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import SnitchWorld
from generators.spec import Spec
from generators.store import Reader, StoreError, StoreReader, describe
from generators.store.schema import layouts
from generators.verify import repair, verify

COUNTS = {"train": 5, "test": 3}


@dataclass(frozen=True)
class DiceSpec:
    """Throws of dice."""

    dice: int = 3
    throws: int = 70
    seed: int = 0
    kind: str = "dice"

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()


@dataclass(frozen=True)
class Dice:
    """noise: added to what is seen of every throw, as another machine may."""

    noise: int = 0
    physics: str = "numpy"
    command: str = "bcb generate"

    def parse(self, data):
        return DiceSpec(**(json.loads(data) if isinstance(data, str) else data))

    def arrays(self, spec):
        return {
            "eyes": Field("uint8", ("episode", "time", "die"), 255),
            "weight": Field("float64", ("episode", "die"), "NaN"),
            "picture": Field("uint16", ("episode", "time", "row", "column"), 65535, within=2),
            "sum": Field("int32", ("episode",), -1, final=True),
        }

    def sizes(self, spec):
        return {"time": spec.throws, "die": spec.dice, "row": 40, "column": 250}

    def attributes(self, spec):
        return {"eyes": [1, 6]}

    def beginning(self, spec, frames):
        return replace(spec, throws=min(spec.throws, frames))

    def batch(self, spec):
        return 2

    def make(self, spec, split, index):
        if spec.dice > 9:
            raise ValueError("no hand holds 10 dice")
        rng = np.random.default_rng([spec.seed, len(split), index])
        weight = rng.uniform(1, 2, spec.dice)
        eyes = rng.integers(1, 7, (spec.throws, spec.dice)).astype(np.uint8)
        picture = 100 * eyes[:, :1, None].astype(np.uint16) + np.full((40, 250), self.noise, np.uint16)
        return Whole({"eyes": eyes, "weight": weight, "picture": picture, "sum": np.array(eyes.sum(), np.int32)})

    def problems(self, spec, stored, whole):
        if stored.read("eyes").sum() != stored.read("sum"):
            yield "sum isn't that of its eyes"
        if whole and (stored.window("picture", 0, 1) < 100).any():
            yield "picture is too dark"

    def episode(self, values):
        return values

    def length(self, spec):
        return spec.throws

    def title(self, spec):
        return f"dice-{spec.throws}"

    def summary(self, spec):
        return [f"{spec.dice} dice"]

    def label(self, spec):
        return Label("eyes", "share of each throw", "eyes", (None, *"123456"))


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setitem(KINDS, "dice", Dice())


def make(out: Path, counts=COUNTS, spec=None, **options):
    return generate(spec or DiceSpec(), out, counts, workers=1, shard_episodes=2, **options)


def tree(store: Path) -> dict[str, bytes]:
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    out = tmp_path_factory.mktemp("dice") / "s"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "dice", Dice())
        make(out)
    return out


@pytest.fixture
def store(whole, tmp_path):
    return Path(shutil.copytree(whole, tmp_path / "s"))


def test_what_is_made_is_what_is_read(whole):
    reader, spec = Reader(whole, "test"), DiceSpec()
    assert (reader.spec, len(reader), reader.fingerprint) == (spec, 3, spec.fingerprint)
    group = zarr.open_group(whole / "test", mode="r")
    for index in range(3):
        expected = Dice().make(spec, "test", index).values
        there = reader.episode(index)
        assert there.keys() == expected.keys()
        for name, array in expected.items():
            np.testing.assert_array_equal(there[name], array, strict=True)
            np.testing.assert_array_equal(reader.read(name, [index])[0], array)
            np.testing.assert_array_equal(group[name][index], array)
    assert layouts(spec)["picture"].pieces == 2  # so that windows cross from one chunk to the next
    for start, stop in ((0, 1), (40, 60), (69, 70)):
        expected = Dice().make(spec, "test", 2).values["picture"][start:stop]
        np.testing.assert_array_equal(reader.window("picture", 2, start, stop), expected, strict=True)
    for name in ("weight", "sum"):
        with pytest.raises(ValueError, match=f"'{name}' has no time"):
            reader.window(name, 0, 0, 1)
    with pytest.raises(ValueError, match="'frames' is not one of: eyes, weight, picture, sum"):
        reader.read("frames")


def test_its_attributes_and_versions_are_its_own(whole):
    attributes = json.loads((whole / "test/zarr.json").read_text())["attributes"]
    assert attributes["spec"] == json.loads(DiceSpec().to_json())
    assert attributes["eyes"] == [1, 6]
    assert attributes["versions"].keys() == {"bcb", "numpy", "zstandard"}


def test_killed_and_run_again_it_comes_out_the_same(whole, tmp_path):
    def stop(done, total):
        if done > 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "s", progress=stop)
    with pytest.raises(StoreError, match="isn't complete"):
        Reader(tmp_path / "s", "train")
    assert make(tmp_path / "s").kept == 2
    assert tree(tmp_path / "s") == tree(whole)


def test_a_sound_store_is_sound(whole):
    assert verify(whole) == []


@pytest.mark.parametrize("name", ["eyes", "weight", "picture", "sum"])
def test_a_damaged_byte_is_named_and_mended(store, whole, name):
    path = store / "test" / layouts(DiceSpec())[name].object_key(1)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 8
    path.write_bytes(data)
    (problem,) = verify(store)
    assert problem.where == str(path.relative_to(store))
    assert repair(store, workers=1).left == []
    assert tree(store) == tree(whole)


def test_content_that_is_wrong_is_named(tmp_path, monkeypatch):
    class Cheating(Dice):
        def make(self, spec, split, index):
            values = super().make(spec, split, index).values
            return Whole(values | {"sum": values["sum"] + np.int32(index == 1)})

    monkeypatch.setitem(KINDS, "dice", Cheating())
    make(tmp_path / "s", {"test": 3})
    assert [str(problem) for problem in verify(tmp_path / "s", samples=0)] == [
        "test episode 1: sum isn't that of its eyes"
    ]
    monkeypatch.setitem(KINDS, "dice", Dice())
    problems = [str(problem) for problem in verify(tmp_path / "s")]
    assert problems == ["test episode 1: sum isn't that of its eyes", "test episode 1: isn't what the spec gives: sum"]


def test_what_other_machines_round_otherwise_may_differ_so_far(store, whole, monkeypatch):
    for noise, differs in ((2, False), (3, True)):
        monkeypatch.setitem(KINDS, "dice", Dice(noise))
        assert any("picture" in problem.what for problem in verify(store)) == differs
    make(store, {"train": 6})  # of what may differ a bit, nobody asks for the same bits
    assert Reader(store, "train").read("picture", [5]).min() == 103


def test_another_maker_is_refused(store, whole, monkeypatch):
    class Other(Dice):
        def make(self, spec, split, index):
            values = super().make(spec, split, index).values
            return Whole(values | {"weight": np.nextafter(values["weight"], 0)})

    monkeypatch.setitem(KINDS, "dice", Other())
    with pytest.raises(StoreError, match="makes another weight than"):
        make(store, {"train": 9})
    assert tree(store) == tree(whole)


def test_what_can_not_be_made_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="no hand holds 10 dice"):
        make(tmp_path / "s", spec=DiceSpec(dice=10))
    assert list(tmp_path.iterdir()) == []


def test_the_balance_is_that_of_its_labels(whole):
    found = describe(whole)
    last = np.concatenate([Dice().make(DiceSpec(), "test", index).values["eyes"][-1] for index in range(3)])
    assert found.splits[1].balance == tuple((np.bincount(last, minlength=7) / 9).tolist())
    assert found.spec == DiceSpec()


def test_a_store_is_of_one_kind(store, whole):
    with pytest.raises(StoreError, match=re.escape(f"{whole} is of kind dice, and this takes only balls")):
        StoreReader(whole, "test")
    with pytest.raises(StoreError, match="holds another dataset"):
        generate(Spec(), store, COUNTS, workers=1)
    assert tree(store) == tree(whole)
    generate(Spec(), store, {"test": 2}, workers=1, overwrite=True)
    assert verify(store) == []
    make(store, {"test": 2}, overwrite=True)
    assert verify(store) == []


def test_a_plan_that_is_lost_is_read_from_the_metadata(store, whole):
    (store / "commits/test/plan.json").unlink()
    assert repair(store, workers=1).left == []
    assert tree(store) == tree(whole)


def test_a_spec_says_of_which_kind_it_is():
    assert parse_any(DiceSpec(dice=2).to_json()) == DiceSpec(dice=2)
    assert parse_any({"seed": 3}) == Spec(seed=3)
    assert isinstance(kind_of(Spec()), Balls)
    with pytest.raises(ValueError, match=r"^kind 'cards' is not one of: balls, .*scenes, .*dice$"):
        parse_any({"kind": "cards"})
    for text in ("{", "[]"):
        with pytest.raises(ValueError, match="Spec: "):
            parse_any(text)


def test_no_array_s_values_are_its_fill():
    """Of the kinds that are there: what was never written can't be taken for data."""
    for spec in (Spec(), SceneSpec(), SceneSpec(world=SnitchWorld())):
        for name, field in kind_of(spec).arrays(spec).items():
            assert field.dims[0] == "episode", name
            if field.dtype.startswith("float"):
                assert field.fill == "NaN", name
            else:
                assert isinstance(field.fill, int), name
                assert np.array(field.fill).astype(field.dtype) == field.fill, name

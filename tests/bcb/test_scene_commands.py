"""The command line with scenes: presets, what options mean, and commands that can't take them yet."""

import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bcb.presets import SCENE_PRESETS
from bcb.render.floor import cell_corners, on_picture
from bcb.render.scenes import scene_panels
from bcb.scene_specs import any_spec_from, scene_spec_from
from bcb.specs import SpecFlags
from generators.engine import generate
from generators.scenes.episode import make_scene
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import SnitchWorld, TossedWorld
from generators.spec import Spec
from generators.store import Reader
from generators.store.schema import layouts
from generators.verify import verify

TINY = ("--size", 16, "--set", "frames=3", "--set", "world.objects=[2,3]")


def refused(done) -> str:
    """The one clear line of a refusal."""
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
    return done.err


@pytest.fixture(scope="module")
def gl():
    """Skips, with the reason, where there is no GL."""
    from generators.scenes.episode import make_scene

    try:
        make_scene(SceneSpec(world=TossedWorld(objects=(1, 1), size=16), frames=1), "train", 0)
    except ValueError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", SCENE_PRESETS)
def test_a_preset_alone_is_its_spec(name):
    assert any_spec_from(SpecFlags(preset=name, seed=3)) == SCENE_PRESETS[name].spec(3)


def test_each_layer_wins_over_the_one_below():
    flags = SpecFlags(preset="movi-a-like", size=32, seed=1)
    config, sets = {"seed": 4, "frames": 7, "world": {"objects": [1, 2]}}, {"world": {"sizes": [0.5]}, "frames": 8}
    assert any_spec_from(flags, config, sets) == SceneSpec(
        world=TossedWorld(objects=(1, 2), size=32, sizes=(0.5,)), frames=8, seed=1
    )
    assert any_spec_from(SpecFlags(), {"kind": "scenes"}) == SceneSpec()
    assert any_spec_from(SpecFlags(), {"seed": 2}) == Spec(seed=2)


def test_a_task_has_its_preset():
    assert any_spec_from(SpecFlags(task="snitch", seed=3)) == SCENE_PRESETS["snitch"].spec(3)
    assert any_spec_from(SpecFlags(task="depth")) == any_spec_from(SpecFlags(task="objects", preset="movi-a-like"))
    assert any_spec_from(SpecFlags(task="depth", preset="snitch")) == SCENE_PRESETS["snitch"].spec()


def test_another_world_keeps_nothing_of_the_one_that_the_preset_has():
    found = scene_spec_from(SpecFlags(preset="movi-b-like"), sets={"world": {"name": "snitch", "size": 32}})
    assert found == SceneSpec(world=SnitchWorld(size=32), frames=24)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--preset", "snitch", "--rule", "frequent"), "--rule is of blinking balls; scenes take --seed, --size"),
        (("--preset", "snitch", "--length", 80), "--length is of blinking balls"),
        (("--preset", "snitch", "--context-frames", 8), "--context-frames is of blinking balls"),
        (
            ("--preset", "snitch", "--task", "blinking"),
            "--task blinking is of blinking balls; on scenes there are: obj",
        ),
        (("--preset", "small", "--task", "depth"), "preset small is of blinking balls; of scenes there are: movi-a"),
        (("--task", "depth", "--rule", "frequent"), "--rule is of blinking balls"),
        (("--preset", "movi-small", "--task", "snitch"), "--task snitch is of the world snitch, and this is tossed"),
        (
            ("--preset", "small", "--set", "kind=scenes"),
            "preset small is of blinking balls; of scenes there are: movi-a",
        ),
        (("--set", "kind=cards"), "kind 'cards' is not one of: balls, scenes"),
        (("--preset", "movi-a-like", "--set", "world.ball=3"), "unknown key 'world.ball'"),
        (("--preset", "movi-a-like", "--size", 5), "size is 5; it must be from 16"),
        (("--preset", "movi-c-like"), "no preset 'movi-c-like'; did you mean"),
    ],
)
def test_what_scenes_have_not_is_said_in_one_line(bcb, tmp_path, options, says):
    assert says in refused(bcb("generate", *options, "--out", tmp_path / "s"))
    assert list(tmp_path.iterdir()) == []


def test_generated_inspected_verified_and_gone_on(bcb, tmp_path, gl):
    counts = ("--train", 2, "--val", 0, "--test", 2, "--workers", 1, "--out", tmp_path / "s")
    done = bcb("generate", "--preset", "movi-a-like", *TINY, *counts, "--json").json
    assert (done["made"], done["length"]) == (4, 3)
    again = bcb("generate", "--preset", "movi-a-like", *TINY, *counts)
    assert "world tossed, 3 frames; 2 train, 2 test episodes" in again.err
    assert "0 made, 4 kept" in again.err
    said = bcb("inspect", tmp_path / "s")
    assert "world tossed, 3 frames, seed 0" in said.out
    assert "2 to 3 objects" in said.out
    document = bcb("inspect", tmp_path / "s", "--json").json
    assert document["spec"]["kind"] == "scenes"
    assert document["splits"]["test"]["balance"] == []
    assert bcb("verify", tmp_path / "s").code == 0
    commands = (
        ("evaluate", "--model", "slotssm", "--data", tmp_path / "s"),
        ("audit", tmp_path / "s"),
        ("export", tmp_path / "s", "--to", "npz"),
    )
    for command in commands:
        assert "is of kind scenes, and this takes only balls" in refused(bcb(*command))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s"]


def test_a_spec_of_scenes_where_balls_are_needed_is_refused_in_one_line(bcb, tmp_path):
    path = tmp_path / "spec.json"
    path.write_text(SceneSpec().to_json())
    assert "this spec is of kind scenes, and only balls will do here" in refused(bcb("audit", path))
    assert bcb("generate", "--config", path, "--dry-run", "--json").json["path"] == "data/tossed-24"


def test_without_mujoco_one_line_names_the_extra_and_stores_are_still_read(bcb, tmp_path, monkeypatch, snitch):
    monkeypatch.setitem(sys.modules, "mujoco", None)
    says = refused(bcb("generate", "--preset", "movi-a-like", *TINY, "--workers", 1, "--out", tmp_path / "s"))
    assert "pip install 'bcb[scenes]'" in says
    assert list(tmp_path.iterdir()) == []
    assert "pip install 'bcb[scenes]'" in refused(bcb("verify", snitch))
    assert bcb("verify", snitch, "--samples", 0).code == 0
    assert bcb("view", snitch, "-o", tmp_path / "x.png").code == 0


def test_any_number_of_workers_and_shares_makes_the_same_bytes(bcb, tmp_path, gl):
    options = ("--preset", "movi-a-like", *TINY, "--train", 3, "--val", 0, "--test", 2, "--shard-episodes", 2)
    assert bcb("generate", *options, "--out", tmp_path / "one", "--workers", 1).code == 0
    assert bcb("generate", *options, "--out", tmp_path / "two", "--workers", 2).code == 0
    for shards in ("2:", "0:2"):
        assert bcb("generate", *options, "--out", tmp_path / "shares", "--workers", 1, "--shards", shards).code == 0
    assert bcb("finalize", tmp_path / "shares").code == 0
    trees = [
        {path.relative_to(store): path.read_bytes() for path in store.rglob("*") if path.is_file()}
        for store in (tmp_path / name for name in ("one", "two", "shares"))
    ]
    assert trees[0] == trees[1] == trees[2]


def test_pictures_of_what_has_no_masks_and_no_camera():
    """As imported sets may have: pictures alone, or more objects than there are colours."""
    rgb = np.zeros((4, 8, 8, 3), np.uint8)
    (first, last) = scene_panels({"rgb": rgb, "cell": np.zeros(4, np.uint8)}, {"fovy": 40}, [0, 3], 4, across=True)
    assert first.size == last.size
    assert first.size[0] < 8 * 4 + 10
    crowd = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    (both,) = scene_panels({"rgb": rgb[:1], "segmentation": crowd}, {}, [0], 1, overlay=False, across=False)
    assert both.size == (8, 8 + 4 + 8)


def test_a_default_place_is_named_after_the_preset(bcb):
    done = bcb("generate", "--preset", "snitch", "--dry-run", "--json").json
    assert (done["path"], done["length"]) == ("data/snitch", 300)
    assert json.dumps(done["episodes"]) == '{"train": 10000, "val": 1000, "test": 1000}'


def test_other_commands_know_that_the_preset_is_of_scenes(bcb):
    for command in ("train", "evaluate"):
        says = refused(bcb(command, "--model", "slotssm", "--preset", "snitch"))
        assert "preset snitch is of scenes, which this command doesn't take yet" in says


@pytest.fixture(scope="module")
def snitch(tmp_path_factory, gl):
    """A store of two short episodes of world `snitch`."""
    out = tmp_path_factory.mktemp("scenes") / "snitch"
    generate(SceneSpec(world=SnitchWorld(size=32), frames=30), out, {"test": 2}, workers=1)
    return out


def test_a_snitch_is_inspected_and_verified(bcb, snitch):
    said = bcb("inspect", snitch).out
    assert "share of each last cell, the 12 most frequent of 36" in said
    assert "snitch, cone, box" in said
    assert len(bcb("inspect", snitch, "--json").json["splits"]["test"]["balance"]) == 36
    assert bcb("verify", snitch).code == 0
    assert bcb("verify", snitch, "--samples", 0).code == 0


@pytest.mark.parametrize("name", ["cell", "depth", "rgb", "hidden_frames"])
def test_what_is_damaged_is_named_and_mended(bcb, snitch, tmp_path, name):
    store = shutil.copytree(snitch, tmp_path / "s")
    path = store / "test" / layouts(Reader(store, "test").spec)[name].object_key(0)
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 1
    path.write_bytes(data)
    done = bcb("verify", store)
    assert (done.code, f"test/{name}/c/0" in done.out) == (1, True)
    assert bcb("verify", store, "--repair").code == 0
    assert path.read_bytes() == (snitch / path.relative_to(store)).read_bytes()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (lambda s: replace(s, cell=(s.cell + 1) % 36), "cell: isn't what the arrays say"),
        (lambda s: replace(s, carried=1 - s.carried), "carried: isn't what the arrays say"),
        (
            lambda s: replace(s, hidden_frames=s.hidden_frames + np.uint16(1)),
            "hidden_frames: isn't what the arrays say",
        ),
        (lambda s: replace(s, color=s.color + np.uint8(99)), "color: holds what isn't one of colors"),
        (lambda s: replace(s, position=s.position * np.float32("nan")), "position: isn't finite"),
        (lambda s: replace(s, size=-s.size), "size: isn't above 0"),
        (lambda s: replace(s, depth=s.depth * np.float32(1.1)), "depth: frame 0 isn't that of the solids"),
        (lambda s: replace(s, segmentation=s.segmentation[:, ::-1]), "segmentation: frame 0 isn't that of the solids"),
        (lambda s: replace(s, rgb=s.rgb ^ 1), None),
        (lambda s: replace(s, rgb=s.rgb ^ 4), "isn't what the spec gives: rgb"),
    ],
)
def test_what_episodes_say_falsely_is_named(tmp_path, monkeypatch, snitch, changed, says):
    """A store whose bytes are those committed, but were made wrongly."""
    scenes, spec = "generators.scenes.episode.make_scene", SceneSpec(world=SnitchWorld(size=32), frames=30)
    with monkeypatch.context() as patch:
        patch.setattr(scenes, lambda *which: changed(make_scene(*which)))
        generate(spec, tmp_path / "s", {"test": 1}, workers=1)
    problems = [problem.what for problem in verify(tmp_path / "s")]
    assert any(says in what for what in problems) if says else not problems, problems
    quick = [problem.what for problem in verify(tmp_path / "s", samples=0)]
    seen_at_once = says and says.split(":")[0] in ("cell", "carried", "hidden_frames", "color", "position", "size")
    assert bool(quick) == bool(seen_at_once), quick


def test_pictures_of_scenes(bcb, snitch, tmp_path):
    for name, frames in (("x.png", 1), ("x.gif", 30)):
        assert bcb("view", snitch, "--episode", 1, "-o", tmp_path / name).code == 0
        with Image.open(tmp_path / name) as image:
            assert getattr(image, "n_frames", 1) == frames
            assert image.width > image.height if name == "x.gif" else image.height > 100
    assert bcb("view", snitch, "--no-overlay", "--scale", 1, "-o", tmp_path / "bare.gif").code == 0
    with Image.open(tmp_path / "bare.gif") as image:
        assert image.size == (3 * 32 + 2 * 4 + 2 * 4, 32 + 2 * 4)  # three pictures, what parts them, and a margin
    assert "--patches is of blinking balls" in refused(bcb("view", snitch, "--patches", "-o", "y.png"))
    assert "has no test episode 2; it has 0 to 1" in refused(bcb("view", snitch, "--episode", 2, "-o", "y.png"))
    assert "say where to draw it" in refused(bcb("view", snitch))
    assert "too large a picture" in refused(bcb("view", snitch, "--scale", 500, "-o", "y.gif"))


def test_the_cell_is_outlined_around_the_snitch(snitch):
    """The middle of a snitch on the floor lies in the outline of its cell."""
    reader = Reader(snitch, "test")
    scene, camera = reader.episode(0), reader.spec.attributes["camera"]
    x, y = on_picture(scene.position[0, 0], camera, 32)
    corners = [on_picture(corner, camera, 32) for corner in cell_corners(int(scene.cell[0]))]
    outline = Image.new("L", (320, 320))
    ImageDraw.Draw(outline).polygon([(10 * a, 10 * b) for a, b in corners], fill=1)
    under = on_picture((*scene.position[0, 0, :2], 0.0), camera, 320)
    assert outline.getpixel((round(under[0]), round(under[1])))
    assert scene.segmentation[0, int(y), int(x)] == 1  # seen in the first frame, and where it is projected to

"""`bcb view` of what a run, or stored predictions, make of scenes."""

import numpy as np
import pytest
from PIL import Image

from bcb.render import Drawn, object_names, scene_panels, sheet
from bcb.render.scene_colors import slot_colors
from bcb.render.scenes import _caption
from bcb.render.slots import COLORS
from bcb.scenes.clips import open_clips
from bcb.scenes.viewing import by_predictions
from eval.scenes.predictions import ScenePredictions, write_scene_predictions
from generators.engine import generate
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import SnitchWorld
from tests.bcb.test_scenes import TINY

CAMERA = {"position": [8.0, -6.0, 6.2], "target": [0.0, 0.0, 0.6], "fovy": 46.0}
SIDE = 8


@pytest.fixture
def episode():
    """Two frames of two objects, left and right, and a snitch's cell."""
    segmentation = np.zeros((2, SIDE, SIDE), np.uint8)
    segmentation[:, 2:6, 1:3], segmentation[:, 2:6, 5:7] = 1, 2
    depth = np.where(segmentation > 0, 2.0, 4.0).astype(np.float32)
    cells = np.array([7, 7], np.uint8)
    return {
        "rgb": np.full((2, SIDE, SIDE, 3), 99, np.uint8),
        "segmentation": segmentation,
        "depth": depth,
        "cell": cells,
    }


def parts(page: Image.Image, count: int) -> list[np.ndarray]:
    """The images of a frame without overlay, side by side and 4 pixels apart."""
    return [np.asarray(page)[:, i * (SIDE + 4) : i * (SIDE + 4) + SIDE] for i in range(count)]


def test_slots_have_the_colours_of_the_objects_that_they_draw(episode):
    names = np.array([2, 0, 3])  # of the slots that draw background, object 0 and object 1; slot 1 draws a corner
    slots = names[episode["segmentation"]]
    slots[:, 0, 0] = 1
    [first, _] = scene_panels(episode, CAMERA, [0, 1], 1, False, across=True, drawn=Drawn(slot_map=slots))
    assert first.width == 3 * SIDE + 2 * 4  # no depth, for the model draws none
    _, objects, drawn = parts(first, 3)
    assert tuple(drawn[0, 0]) == COLORS[2]  # the first that is no object's
    drawn = drawn.copy()
    drawn[0, 0] = 0
    np.testing.assert_array_equal(drawn, objects)
    assert {tuple(c) for c in objects.reshape(-1, 3)} == {(0, 0, 0), COLORS[0], COLORS[1]}


def test_the_colour_of_an_object_is_no_other_slots():
    segmentation = np.array([[[0, 0, 0, 1, 1, 2]]])
    slots = np.array([[[0, 0, 2, 1, 1, 1]]])  # slot 1 draws both objects, so object 2 has none; slot 2 draws neither
    assert [tuple(c) for c in slot_colors(slots, segmentation)[0, 0, [0, 2, 3]]] == [(0, 0, 0), COLORS[2], COLORS[0]]


def test_more_objects_than_colours_leave_slots_any_colour():
    things = np.arange(20)[None, None]
    shown = slot_colors(np.append(things, [[[20, 21]]], axis=2), np.append(things, [[[0, 0]]], axis=2))
    assert not shown[0, 0, 0].any() or not shown[0, 0, 20].any()
    np.testing.assert_array_equal(shown[0, 0, 1], shown[0, 0, 17])


def test_slots_without_masks_are_coloured_in_turn(episode):
    slots = np.broadcast_to(np.arange(SIDE) // 4, (2, SIDE, SIDE))
    del episode["segmentation"]
    [page] = scene_panels(episode, CAMERA, [1], 1, False, across=True, drawn=Drawn(slot_map=slots))
    _, drawn = parts(page, 2)
    assert [tuple(drawn[3, x]) for x in (0, 7)] == [COLORS[0], COLORS[1]]


def test_depths_are_in_the_same_greys(episode):
    drawn = Drawn(depth=episode["depth"] * 2)
    [page] = scene_panels(episode, CAMERA, [0], 1, False, across=True, drawn=drawn)
    _, _, true, said = parts(page, 4)
    assert (true[3, 1, 0], true[0, 0, 0], said[3, 1, 0], said[0, 0, 0]) == (255, 127, 127, 63)


def test_the_cell_that_a_model_says_is_outlined_in_the_last_frame_only(episode):
    def shown(drawn):
        return [np.asarray(p) for p in scene_panels(episode, CAMERA, [0, 1], 20, across=True, drawn=drawn)]

    plain, right, wrong = shown(Drawn()), shown(Drawn(cell=7)), shown(Drawn(cell=20))
    np.testing.assert_array_equal(plain[0], wrong[0])
    np.testing.assert_array_equal(plain[1][: SIDE * 20], right[1][: SIDE * 20])  # the truth covers it
    changed = (plain[1] != wrong[1]).any(axis=-1)[: SIDE * 20]
    assert {tuple(c) for c in wrong[1][: SIDE * 20][changed]} == {(226, 229, 236), (0, 0, 0)}


def test_frames_of_three_pictures_are_in_one_row(episode):
    shown = Drawn(slot_map=episode["segmentation"])
    panels = scene_panels(episode, CAMERA, [0] * 12, 20, across=False, drawn=shown)
    page = sheet(panels, "", "")
    assert page.width > 12 * panels[0].width > page.height


def test_the_last_frame_says_where_the_snitch_is_and_is_said_to_be(episode):
    assert [_caption(episode, 1, said) for said in (None, 7, 20)] == [
        "2: cell 7",
        "2: predicted cell 7, right",
        "2: predicted cell 20, true 7",
    ]
    covered = episode | {"covered_by": np.array([-1, 1], np.int16)}
    assert _caption(covered, 1, None) == "2: cell 7, under object 1"
    arrays = {"shape": np.array([0, 1, 255]), "color": np.array([0, 1, 255])}
    attributes = {"shapes": ["snitch", "cone"], "colors": ["gold", "red"]}
    said = object_names(arrays, attributes)
    assert said == ["gold snitch", "red cone", ""]
    assert _caption(covered, 1, None, said) == "2: cell 7, under the red cone"
    assert object_names(arrays, {"shapes": ["snitch"]}) == object_names({}, attributes) == []
    unknown = episode | {"cell": np.array([255, 7], np.uint8)}
    assert _caption(unknown, 0, None) == "1"
    for name, shown in (("unknown", unknown), ("none", {k: v for k, v in episode.items() if k != "cell"})):
        drawn, bare = (scene_panels(shown, camera, [0], 20, across=True)[0] for camera in (CAMERA, {}))
        np.testing.assert_array_equal(np.asarray(drawn), np.asarray(bare), name)


@pytest.fixture
def run(bcb, videos):
    line = ("train", "--task", "depth", "--data", videos, "--model", "savi", "--steps", 2, "--batch-size", 2, *TINY)
    assert bcb(*line, "--out", "runs/d").code == 0
    assert bcb("evaluate", "--model", "runs/d", "--save-predictions", "p").code == 0
    return "runs/d"


def test_a_run_and_its_predictions_are_the_same_picture(bcb, videos, run, folder):
    assert bcb("view", videos, "--slots", run, "--episode", 1, "--no-overlay", "-o", "a.png").code == 0
    assert bcb("view", "--slots", run, "--episode", 1, "--no-overlay", "-o", "b.png").code == 0  # its own store
    shown = bcb("view", videos, "--predictions", "p", "--episode", 1, "--no-overlay", "-o", "c.png")
    assert shown.code == 0, shown.err
    a, b, c = (np.asarray(Image.open(folder / f"{name}.png")) for name in "abc")
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(a, c)
    assert bcb("view", videos, "--slots", run, "-o", "a.gif").code == 0
    assert getattr(Image.open(folder / "a.gif"), "n_frames", 0) == 4


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["s", "--slots", "runs/d", "--patches", "-o", "x.png"], "--patches"),
        (["s", "--slots", "runs/d", "--predictions", "p", "-o", "x.png"], "--slots"),
        (["s", "--slots", "runs/d", "--episode", "9", "-o", "x.png"], "it has 0 to 1"),
        (["s", "--slots", "runs/d"], "-o x.png"),
        (["s", "--slots", "slotssm-small-earliest", "-o", "x.png"], "no model of scenes"),
        (["s", "--predictions", "nowhere", "-o", "x.png"], "nowhere"),
        (["s", "--split", "train", "--predictions", "p", "-o", "x.png"], "of the test split"),
    ],
)
def test_what_does_not_fit_is_one_line(bcb, run, folder, args, says):
    done = bcb("view", *args)
    assert (done.code, done.err.count("Error: "), done.err.strip().count("\n")) == (2, 1, 0)
    assert says in done.err
    assert not (folder / "x.png").exists()


def test_where_the_snitch_is_said_to_be(bcb, folder):
    """Logits of its cell, for which the store has the truth."""
    spec = SceneSpec(world=SnitchWorld(size=32), frames=3)
    try:
        generate(spec, folder / "snitch", {"test": 2}, workers=1)
    except ValueError as error:
        pytest.skip(str(error))  # no GL
    logits = np.eye(36, dtype=np.float32)[[4, 35]]
    told = ScenePredictions(np.array([1, 0]), spec.fingerprint, "test", "mine", {}, logits=logits)
    write_scene_predictions(folder / "p", told)
    found = by_predictions(folder / "p", open_clips("snitch", "test"), 1)
    assert (found.cell, found.slot_map, found.depth) == (4, None, None)
    assert bcb("view", "snitch", "--predictions", "p", "-o", "x.png").code == 0
    alone = ScenePredictions(np.array([1]), spec.fingerprint, "test", "mine", {}, logits=logits[:1])
    write_scene_predictions(folder / "p", alone, overwrite=True)
    lacking = bcb("view", "snitch", "--predictions", "p", "-o", "y.png")
    assert (lacking.code, "none of episode 0" in lacking.err) == (2, True)


def test_predictions_of_balls_and_of_scenes_are_told_apart(bcb, videos, run, mine, folder):
    of_scenes = bcb("view", mine / "data", "--predictions", "p", "-o", "x.png")
    assert (of_scenes.code, of_scenes.err.strip().count("\n")) == (2, 0)
    of_balls = bcb("view", videos, "--predictions", mine / "predictions", "-o", "x.png")
    assert (of_balls.code, of_balls.err.strip().count("\n")) == (2, 0)
    assert "balls" in of_balls.err
    run_on_balls = bcb("view", mine / "data", "--slots", run, "-o", "x.png")
    assert (run_on_balls.code, run_on_balls.err.strip().count("\n")) == (2, 0)
    assert "balls" in run_on_balls.err
    assert not (folder / "x.png").exists()

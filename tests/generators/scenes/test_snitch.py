from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from eval.scenes.snitch import last_frame, score_snitch
from generators.scenes.episode import make_motion, make_scene
from generators.scenes.oracle import cast, matrix
from generators.scenes.snitch_oracle import snitch_truth
from generators.scenes.spec import SceneSpec, parse_scene_spec
from generators.scenes.worlds import SnitchWorld

FRAMES = 200
OPEN = SceneSpec(world=SnitchWorld(size=32), frames=FRAMES)
HIDDEN = SceneSpec(world=SnitchWorld(size=32, hidden=(30, 90)), frames=FRAMES)
BRIEFLY = SnitchWorld(size=32, hidden=(10, 30))
FULL = SceneSpec(world=SnitchWorld(objects=(10, 10), hidden=(100, 100)), frames=FRAMES)
LABELS = ("cell", "snitch_visible", "covered_by", "carried", "hidden_frames")


@pytest.fixture(scope="module", params=[OPEN, HIDDEN, FULL], ids=["open", "hidden", "full"])
def motions(request):
    return request.param, [make_motion(request.param, "train", index) for index in range(6)]


def names(motion):
    return [SnitchWorld.shapes[k] for k in motion.shape]


def points_in(shape, rng):
    """Points in the unit shape, its surface among them: (point, xyz)."""
    points = rng.uniform(-1, 1, (400, 3))
    if shape in ("sphere", "snitch"):
        return points / np.linalg.norm(points, axis=1, keepdims=True)
    if shape == "box":
        return points / np.abs(points).max(axis=1, keepdims=True)
    around = points[:, :2] / np.linalg.norm(points[:, :2], axis=1, keepdims=True)
    width = np.ones(400) if shape == "cylinder" else (1 - points[:, 2]) / 2
    return np.column_stack([around * width[:, None], points[:, 2]])


def holds(shape, points):
    """Which points are deep in the unit shape: bool (point,)."""
    x, y, z = points.T
    if shape in ("sphere", "snitch"):
        return (points**2).sum(1) < 0.999
    if shape == "box":
        return np.abs(points).max(1) < 0.999
    return (np.abs(z) < 0.999) & (np.hypot(x, y) < (0.999 if shape == "cylinder" else (0.999 - z) / 2))


def test_no_two_solids_go_through_each_other_but_under_a_cone(motions):
    _, made = motions
    rng, met = np.random.default_rng(0), 0
    for motion in made[:3]:
        shape = names(motion)
        clouds = [points_in(name, rng) * size for name, size in zip(shape, motion.size, strict=True)]
        for t in range(0, FRAMES, 3):
            turns = [matrix(q) for q in motion.quaternion[t].astype(np.float64)]
            spots = motion.position[t].astype(np.float64)
            for a, b in np.ndindex(len(shape), len(shape)):
                under = "cone" in (shape[a], shape[b]) and np.hypot(*(spots[a] - spots[b])[:2]) < 1e-5
                near = np.linalg.norm(spots[a] - spots[b]) < 1.8 * (motion.size[a] + motion.size[b])
                if a != b and near and not under:
                    cloud = (clouds[a] @ turns[a].T + spots[a] - spots[b]) @ turns[b] / motion.size[b]
                    assert not holds(shape[b], cloud).any(), (t, a, b)
                    met += 1
    assert met


def test_nothing_is_below_the_floor_and_what_rests_touches_it(motions):
    _, made = motions
    rng = np.random.default_rng(0)
    for motion in made[:3]:
        for k, name in enumerate(names(motion)):
            corners = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
            cloud = corners if name == "box" else points_in(name, rng)
            lowest = np.array(
                [
                    (cloud @ matrix(q).T)[:, 2].min() * motion.size[k] + z
                    for q, z in zip(motion.quaternion[:, k].astype(np.float64), motion.position[:, k, 2], strict=True)
                ]
            )
            assert (lowest > -1e-5).all()
            rests = (np.abs(motion.velocity[:, k]).max(-1) == 0) & (np.abs(motion.angular_velocity[:, k]).max(-1) == 0)
            assert (lowest[1:][rests[1:]] < 0.05).all()


def test_speeds_are_those_of_the_stored_places(motions):
    spec, made = motions
    for motion in made:
        moved = np.diff(motion.position.astype(np.float64), axis=0) * spec.world.fps
        assert np.allclose(motion.velocity[1:], moved, atol=1e-5)
        assert np.allclose(np.linalg.norm(motion.quaternion, axis=-1), 1, atol=1e-6)
        q = motion.quaternion.astype(np.float64)
        turn = 2 * np.arccos(np.clip(np.abs((q[1:] * q[:-1]).sum(-1)), 0, 1)) * spec.world.fps
        assert np.allclose(np.linalg.norm(motion.angular_velocity[1:], axis=-1), turn, atol=0.05)


def test_covers_and_carries_are_what_geometry_says(motions):
    _, made = motions
    covered = carried = 0
    for motion in made:
        blank = np.zeros((FRAMES, 2, 2), np.uint8)
        truth = snitch_truth(motion.position, motion.quaternion, names(motion), motion.size, blank)
        for name in ("covered_by", "carried"):
            assert np.array_equal(getattr(motion, name), truth[name])
        covered, carried = covered + (motion.covered_by >= 0).sum(), carried + motion.carried.sum()
    assert covered > carried > 0


def test_an_episode_is_the_same_bits_every_time(motions):
    spec, made = motions
    again = make_motion(spec, "train", 4)
    assert all(np.array_equal(getattr(again, name), getattr(made[4], name)) for name in vars(again))


def test_who_looks_at_how_an_episode_ends_has_no_beginning():
    for spec in (OPEN, HIDDEN):
        with pytest.raises(ValueError, match="take all frames"):
            spec.first(30)
        assert spec.first(FRAMES) == spec


def test_an_episode_ends_at_rest_unless_it_is_cut_where_the_snitch_is_hidden():
    for frames in (1, 2, 41, 99, 300):
        for index in range(4):
            motion = make_motion(replace(OPEN, frames=frames), "val", index)
            assert len(motion.position) == frames
            assert motion.covered_by[0] == -1
            standing = [n != "cone" or np.isclose(z, s) for n, z, s in zip(names(motion), motion.position[-1, :, 2],
                                                                          motion.size, strict=True)]  # fmt: skip
            assert all(standing)
            assert frames < 42 or np.abs(motion.position[1:] - motion.position[:-1]).max() > 0


def test_the_last_frame_alone_does_not_tell_under_which_cone_it_is():
    spec = SceneSpec(world=SnitchWorld(objects=(4, 6), sizes=(0.5, 0.75), cones=3, hidden=(10, 40)), frames=80)
    made = [make_motion(spec, "train", index) for index in range(60)]
    which = []
    for motion in made:
        place, size = motion.position[-1].astype(np.float64), motion.size.astype(np.float64)
        able = [
            k
            for k, name in enumerate(names(motion))
            if name == "cone"
            and size[k] * 0.618 > size[0]
            and place[k, 2] < size[k] + 1e-6
            and not any(size[j] > size[k] and np.hypot(*(place[j] - place[k])[:2]) < 1e-6 for j in range(1, len(size)))
        ]
        assert len(able) >= 3
        assert motion.covered_by[-1] in able
        which.append(able.index(motion.covered_by[-1]) / len(able))
    assert 0.2 < np.mean(which) < 0.45  # of three 0, 1/3 and 2/3, each as often; 1/3 is the mean
    cones = np.array([[name == "cone" for name in names(m)] + [False] * (6 - len(m.shape)) for m in made])
    rows = [np.pad(m.position[-1], ((0, 6 - len(m.shape)), (0, 0))) for m in made]
    sizes = np.array([np.pad(m.size, (0, 6 - len(m.shape))) for m in made])
    cell = np.array([6 * int(np.floor(y) + 3) + int(np.floor(x) + 3) for x, y, _ in np.array(rows)[:, 0]])
    guess = last_frame(cell, np.array([m.covered_by[-1] for m in made]), np.array(rows), cones, sizes)
    assert score_snitch(guess, cell)["top1"].value < 0.45


def test_the_snitch_is_hidden_for_as_long_as_asked_for():
    for low, high, frames in ((1, 1, 60), (30, 90, 200), (260, 260, 300)):
        spec, drawn = SceneSpec(world=SnitchWorld(hidden=(low, high)), frames=frames), set()
        for index in range(8):
            covered = make_motion(spec, "test", index).covered_by >= 0
            assert not covered[0]
            drawn.add(int(np.argmin(covered[::-1])))
        assert low <= min(drawn) <= max(drawn) <= high
        assert len(drawn) > 1 or low == high


def test_the_snitch_is_the_only_golden_one_and_the_first(motions):
    spec, made = motions
    for motion in made:
        assert (motion.shape[0], motion.color[0]) == (0, 0)
        assert motion.shape[1:].min() > 0
        assert motion.color[1:].min() > 0
        assert spec.world.objects[0] <= len(motion.shape) <= spec.world.most


def test_covers_may_be_nested():
    spec = SceneSpec(world=SnitchWorld(objects=(6, 6)), frames=400)
    covers = (make_motion(spec, "train", index).covered_by for index in range(12))
    assert any(a >= 0 and b >= 0 and a != b for cover in covers for a, b in pairwise(cover))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"objects": (1, 5)}, "from 2 to 16"),
        ({"cones": 0}, "from 1 to 15"),
        ({"cones": 5}, "a snitch and 5 cones are 6"),
        ({"objects": (2, 5)}, "a snitch and 2 cones are 3"),
        ({"sizes": (0.25,)}, "a cone over the snitch must be"),
        ({"hidden": (0, 5)}, "1 or more|from 1"),
        ({"hidden": 5}, "two whole numbers"),
        ({"name": "tossed"}, "world 'tossed'"),
        ({"camera": None}, "must be a Camera"),
    ],
    ids=str,
)
def test_a_wrong_world_is_refused_in_one_line(change, says):
    with pytest.raises(ValueError, match=says) as caught:
        SnitchWorld(**change)
    assert "\n" not in str(caught.value)


def test_an_episode_too_short_to_hide_anything_is_refused():
    with pytest.raises(ValueError, match="of 100 frames it can be 60 at most"):
        SceneSpec(world=SnitchWorld(hidden=(10, 61)), frames=100)
    with pytest.raises(ValueError, match="frames"):
        parse_scene_spec({"world": {"name": "snitch", "hidden": [1, 100]}, "frames": 100})


def test_the_camera_sees_every_place_on_the_plane():
    camera = SnitchWorld().camera
    right, up, forward = camera.axes
    for spot in ((-3, -3, 0), (3, -3, 0), (-3, 3, 0), (3, 3, 0)):
        ray = np.subtract(spot, camera.position)
        assert max(abs(ray @ right), abs(ray @ up)) / (ray @ forward) < np.tan(np.radians(camera.fovy / 2))


@pytest.mark.usefixtures("gl")
@pytest.mark.parametrize(
    "spec", [replace(OPEN, frames=90), SceneSpec(world=BRIEFLY, frames=70)], ids=["open", "hidden"]
)
def test_labels_are_those_of_the_arrays(spec):
    scene = make_scene(spec, "train", 1)
    n = int((scene.shape != 255).sum())
    shape = [spec.attributes["shapes"][k] for k in scene.shape[:n]]
    truth = snitch_truth(scene.position[:, :n], scene.quaternion[:, :n], shape, scene.size[:n], scene.segmentation)
    for name in LABELS:
        assert np.array_equal(getattr(scene, name), truth[name]), name
        assert getattr(scene, name).dtype == truth[name].dtype
    if spec.world.hidden:
        since = int(np.argmin((scene.covered_by >= 0)[::-1]))
        assert since <= scene.hidden_frames <= since + 6


@pytest.mark.usefixtures("gl")
def test_pictures_of_the_snitch_are_those_of_the_solids():
    spec = replace(OPEN, frames=45)
    scene = make_scene(spec, "train", 3)
    n = int((scene.shape != 255).sum())
    shape = [spec.attributes["shapes"][k] for k in scene.shape[:n]]
    for t in range(0, 45, 4):
        camera = spec.attributes["camera"]
        owner, depth = cast(scene.position[t, :n], scene.quaternion[t, :n], shape, scene.size[:n], camera, 32)
        differs = owner != scene.segmentation[t]
        assert differs.sum() <= 8
        near = np.abs(scene.depth[t] - depth) < 1e-3 * depth
        assert near[~differs & (depth < 50)].mean() > 0.98  # all but where two boxes' faces meet a pixel's middle

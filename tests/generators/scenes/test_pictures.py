"""Pictures against rays cast at the solids themselves."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

from generators.scenes.camera import FAR, Camera
from generators.scenes.check import edges
from generators.scenes.episode import make_motion, make_scene
from generators.scenes.oracle import cast
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import TOSSED_A, TOSSED_B, TossedWorld

SIDE, FRAMES = 32, 6
WORLDS = [
    TOSSED_A,
    TOSSED_B,
    TossedWorld(shapes=("cone",)),
    replace(TOSSED_A, camera=Camera(position=(-4, 5, 9), target=(0.5, 0.3, 0.2), fovy=60)),
]
SPECS = [SceneSpec(world=replace(world, size=SIDE), frames=FRAMES) for world in WORLDS]
pytestmark = pytest.mark.usefixtures("gl")


@pytest.fixture(scope="module", params=SPECS, ids=["a", "b", "cones", "from behind"])
def scenes(request):
    return request.param, [make_scene(request.param, "train", index) for index in range(2)]


def test_segmentation_and_depth_are_those_of_the_solids(scenes):
    spec, made = scenes
    attributes = spec.attributes
    for scene in made:
        count = int((scene.shape != 255).sum())
        names = [attributes["shapes"][s] for s in scene.shape[:count]]
        for t in range(FRAMES):
            pose = scene.position[t, :count], scene.quaternion[t, :count]
            owner, depth = cast(*pose, names, scene.size[:count], attributes["camera"], SIDE)
            inside = ~edges(owner)
            assert np.array_equal(scene.segmentation[t][inside], owner[inside])
            assert (scene.segmentation[t] != owner).sum() <= 8
            near = inside & (depth < 50)
            assert np.allclose(scene.depth[t][near], depth[near], rtol=1e-3, atol=0)
            assert (scene.depth[t][inside & (depth > FAR)] == FAR).all()


def test_visibility_counts_the_pixels_of_the_segmentation(scenes):
    spec, made = scenes
    for scene in made:
        for k in range(spec.world.most):
            assert np.array_equal(scene.visibility[:, k], (scene.segmentation == k + 1).sum((1, 2)))


def test_rows_beyond_the_objects_are_empty(scenes):
    spec, made = scenes
    for index, scene in enumerate(made):
        motion, count = make_motion(spec, "train", index), int((scene.shape != 255).sum())
        assert np.array_equal(scene.position[:, :count], motion.position)
        assert np.array_equal(scene.contact[:, :count, :count], motion.contact)
        for name in ("color", "material", "shape"):
            assert (getattr(scene, name)[count:] == 255).all()
        for name in ("position", "velocity", "quaternion", "angular_velocity", "visibility", "contact"):
            assert not getattr(scene, name)[:, count:].any()
        assert not scene.contact[:, :, count:].any()
        assert not scene.size[count:].any()
        assert scene.shape.shape == (spec.world.most,)


def test_a_scene_is_the_same_bits_every_time(scenes):
    spec, made = scenes
    again = make_scene(spec, "train", 1)
    for field in fields(again):
        assert np.array_equal(getattr(again, field.name), getattr(made[1], field.name))


def test_a_forked_process_says_so_instead_of_hanging(gl):
    """In a fresh interpreter, for tests may have threads."""
    code = """
import os, sys
from generators.scenes.episode import make_scene
from generators.scenes.spec import SceneSpec
make_scene(SceneSpec(frames=1), "train", 0)
if os.fork() == 0:
    try:
        make_scene(SceneSpec(frames=1), "train", 0)
    except ValueError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("what has drawn scenes can't go on after a fork"), done.stderr


def test_threads_draw_the_same(gl):
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: make_scene(SPECS[0].first(2), "train", 0), range(3)))
    here = make_scene(SPECS[0].first(2), "train", 0)
    for scene in made:
        assert np.array_equal(scene.rgb, here.rgb)
        assert np.array_equal(scene.segmentation, here.segmentation)


def test_dtypes_are_those_of_the_contract(scenes):
    _, (scene, _) = scenes
    kinds = {"rgb": "uint8", "segmentation": "uint8", "contact": "uint8", "visibility": "uint16"}
    kinds |= dict.fromkeys(("shape", "color", "material"), "uint8")
    for field in fields(scene):
        assert getattr(scene, field.name).dtype == kinds.get(field.name, "float32")
    assert scene.rgb.shape == (FRAMES, SIDE, SIDE, 3)


def test_objects_have_their_colour():
    """The middle of what is seen of a large rubber object is of its hue: its strongest channel is the colour's."""
    world = TossedWorld(objects=(1, 1), colors=("red", "blue", "green"), materials=("rubber",), sizes=(0.7,), size=SIDE)
    spec, strongest = SceneSpec(world=world, frames=12), {"red": 0, "blue": 2, "green": 1}
    for index in range(4):
        scene = make_scene(spec, "train", index)
        mine = scene.rgb[scene.segmentation == 1].astype(float)
        assert len(mine)
        assert mine.mean(0).argmax() == strongest[world.colors[scene.color[0]]]

"""`bcb bench generate --scenes` runs and says what it measured; how fast it was is no matter of tests."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from bcb.bench.making import cases
from bcb.bench.making.renderer import draw
from bcb.presets import SCENE_PRESETS
from generators.bucket import open_bucket
from generators.scenes import render
from generators.scenes.episode import make_motion, make_scene
from generators.scenes.spec import SceneSpec
from generators.store.splits import stored_splits
from generators.verify import verify


@pytest.fixture(scope="module")
def gl():
    """Skips, with the reason, where there is no GL."""
    try:
        make_scene(SceneSpec(frames=1), "train", 0)
    except ValueError as error:
        pytest.skip(str(error))


def test_generate_measures_scenes_from_physics_to_a_store(bcb, folder, gl, monkeypatch):
    monkeypatch.setattr(cases, "SCENES", {"movi-a-like": cases.SCENES["movi-a-like"]})
    page = folder / "page.md"
    page.write_text("<!-- bench generate-scenes -->\n<!-- end of bench generate-scenes -->\n")
    done = bcb("bench", "generate", "--scenes", "--quick", "--workers", 1, "--page", page, "--json")
    assert done.code == 0, done.err
    assert done.json["bench"] == "generate-scenes"
    assert {"mujoco", "OpenGL"} <= done.json["machine"]["versions"].keys()
    runs = {run["contestant"]: run for run in done.json["runs"]}
    assert list(runs) == ["physics", "mujoco-rgb", "mujoco-all", "pictures", "store"]
    for name, run in runs.items():
        assert (run["preset"], run["frames"], run["episodes"]) == ("movi-a-like", 2, 1)
        assert run["frames_per_second"]["median"] == pytest.approx(2 * run["episodes_per_second"]["median"])
        assert (run["disk_bytes"] > 0) == (name == "store")
    compared = [(ratio["above"]["contestant"], ratio["below"]["contestant"]) for ratio in done.json["ratios"]]
    assert compared == [("pictures", "mujoco-all"), ("pictures", "mujoco-rgb"), ("store", "pictures")]
    assert "| physics | 2 (movi-a-like) | 1 |" in page.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_the_workers_of_a_bench_share_its_scenes(workers, folder, gl):
    command = cases.SceneCase("store", 2, workers, 3, "movi-a-like").command(folder)
    subprocess.run(command, check=True, stdout=subprocess.PIPE)
    (made,) = stored_splits(open_bucket(folder / "store"))
    assert (made.plan.episodes, made.plan.shards) == (3, workers)
    assert not verify(folder / "store")


def test_what_mujocos_renderer_draws_of_scenes_is_what_ours_does(gl):
    for preset in ("movi-b-like", "snitch"):
        spec = replace(SCENE_PRESETS[preset].spec(), frames=2)
        motion, ours = make_motion(spec, "train", 1), make_scene(spec, "train", 1)
        rgb, segmentation, depth = draw(spec, motion, everything=True)
        np.testing.assert_array_equal(draw(spec, motion, everything=False)[0], rgb)
        np.testing.assert_array_equal(rgb, ours.rgb)
        np.testing.assert_array_equal(segmentation[..., 0].clip(0), ours.segmentation)
        np.testing.assert_allclose(depth, ours.depth, rtol=1e-3)


@pytest.mark.parametrize("lost", ["mujoco", "gl"])
def test_generate_scenes_where_nothing_can_draw_says_what_to_install(bcb, monkeypatch, lost):
    def fail(mujoco):
        raise ValueError(render.NO_GL.format(why="no EGL"))

    if lost == "mujoco":
        monkeypatch.setitem(sys.modules, "mujoco", None)
    else:
        monkeypatch.setattr(render, "_make_current", fail)
    done = bcb("bench", "generate", "--scenes", "--quick")
    assert (done.code, done.out) == (2, "")
    assert ("pip install 'bcb[scenes]'" if lost == "mujoco" else "libegl1") in done.err
    assert done.err.count("\n") == 1


def test_generate_measures_one_thing_at_a_time(bcb):
    done = bcb("bench", "generate", "--scenes", "--memory")
    assert done.code == 2
    assert "give one of them" in done.err

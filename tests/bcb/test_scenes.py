"""`bcb train` and `bcb evaluate` on scenes: here pictures of a moving square with depth, which need no MuJoCo."""

import json
from pathlib import Path

import numpy as np
import pytest

from eval.scenes.predictions import read_scene_predictions
from generators.store import Reader

TINY = [f"--set={x}" for x in ("model.width=16", "model.features=4", "model.decoder_features=4", "model.slots=2")]


def test_depth_is_trained_and_scored(bcb, videos):
    line = ("train", "--task", "depth", "--data", videos, "--model", "savi", "--steps", 4, "--batch-size", 2, *TINY)
    done = bcb(*line, "--set", "train.validate_every=2", "--out", "runs/d")
    assert done.code == 0, done.err
    assert "savi, " in done.err
    assert json.loads(Path("runs/d/config.json").read_text())["kind"] == "scenes"
    scored = bcb("evaluate", "--model", "runs/d", "--json", "--save-predictions", "p")
    assert (scored.code, scored.err.strip()) == (0, "")
    [result] = scored.json["results"]
    assert (result["task"], result["split"], result["episodes"]) == ("depth", "test", 2)
    assert result["metrics"].keys() == {"mse", "rmse", "abs_rel", "delta"}  # of these videos nobody has masks
    # The same numbers, from what was saved and what is stored.
    found, truth = read_scene_predictions("p"), Reader(videos, "test").read("depth")
    assert found.depth is not None
    np.testing.assert_allclose(result["metrics"]["mse"]["value"], np.square(found.depth - truth).mean(), rtol=1e-5)
    other = bcb("evaluate", "--model", "runs/d", "--task", "objects")
    assert (other.code, other.err.count("\n"), "was trained on task depth" in other.err) == (2, 1, True)
    shown = bcb("evaluate", "--model", "runs/d", "--episodes", 1)
    assert "task depth: 1 test episodes" in shown.out


def test_a_training_goes_on_and_starts_from_another(bcb, videos):
    line = ("train", "--data", videos, "--model", "oc-slotssm", "--batch-size", 2, *TINY)
    assert bcb(*line, "--steps", 2, "--out", "runs/a").code == 0
    again = bcb(*line, "--steps", 2, "--out", "runs/a")
    assert (again.code, "2 of them done" in again.err) == (0, True)
    started = bcb(*line, "--steps", 2, "--task", "depth", "--init", "runs/a", "--out", "runs/b")
    assert started.code == 0, started.err
    assert json.loads(Path("runs/b/config.json").read_text())["data"]["init"]["train"]["task"] == "objects"
    Path(videos).rename("moved")  # the same data, somewhere else
    moved = bcb(*line, "--data", "moved", "--steps", 2, "--out", "runs/a")
    assert (moved.code, "2 of them done" in moved.err) == (0, True)
    nothing = bcb("evaluate", "--model", "runs/a", "--data", "moved")
    assert (nothing.code, nothing.err.count("\n")) == (2, 1)
    assert "segmentation" in nothing.err


def test_colours_and_depth_may_both_be_drawn(bcb, videos):
    line = ("train", "--task", "objects", "--data", videos, "--model", "savi", "--steps", 1, "--batch-size", 1, *TINY)
    done = bcb(*line, "--set", 'model.targets=["rgb","depth"]', "--out", "runs/both")
    assert done.code == 0, done.err
    assert json.loads(Path("runs/both/config.json").read_text())["model"]["config"]["targets"] == ["rgb", "depth"]


@pytest.mark.parametrize("data", [None, "x", []])
def test_a_run_that_does_not_say_of_which_data_is_damaged(bcb, videos, data):
    line = ("train", "--data", videos, "--model", "savi", "--steps", 1, "--batch-size", 1, *TINY)
    assert bcb(*line, "--out", "runs/r").code == 0
    info = json.loads(Path("runs/r/config.json").read_text())
    Path("runs/r/config.json").write_text(json.dumps(info | {"data": data}))
    for args in (
        ("evaluate", "--model", "runs/r"),
        ("view", "--slots", "runs/r"),
        (*line, "--init", "runs/r", "--out", "b"),
    ):
        done = bcb(*args)
        assert (done.code, done.err.count("\n"), "is damaged" in done.err) == (2, 1, True), (args, done.err)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["train", "--task", "objects", "--out", "r"], "--data STORE"),
        (["train", "--task", "objects", "--data", "nowhere", "--out", "r"], "nowhere"),
        (["train", "--task", "object", "--data", "s", "--out", "r"], "objects"),
        (["train", "--data", "s", "--model", "rim", "--out", "r"], "model of scenes"),
        (["train", "--data", "s", "--rule", "frequent", "--out", "r"], "--rule"),
        (["train", "--data", "s", "--curriculum", "none", "--out", "r"], "--curriculum"),
        (["train", "--task", "snitch", "--data", "s", "--out", "r"], "cell"),
        (["train", "--data", "s", "--set", "model.witdh=3", "--out", "r"], "width"),
        (["train", "--data", "s", "--set", "data.seed=3", "--out", "r"], "group of settings"),
        (["train", "--data", "s", "--set", "train.frames=9", "--out", "r"], "4 frames"),
        (["train", "--task", "objects", "--data", "s", "--set", "train.task=depth", "--out", "r"], "--task depth"),
        (["train", "--data", "s", "--set", "model.slots=256", "--out", "r"], "take 255 or fewer"),
        (["evaluate", "--task", "objects", "--model", "nowhere"], "nowhere"),
        (["evaluate", "--model", "savi"], "no weights of savi come with bcb"),
        (["view", "s", "--slots", "s"], "s is no run folder (it has no config.json); choose another"),
        (["evaluate", "--task", "objects", "--model", "slotssm-small-earliest"], "no model of scenes"),
        (["stress", "--models", "slotssm", "--lengths", "5", "--data", "s", "--out", "r"], "balls"),
    ],
)
def test_what_cannot_be_is_one_line_and_nothing_is_written(bcb, videos, args, says):
    done = bcb(*args)
    assert done.code == 2
    assert done.err.startswith("Error: ")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert not Path("r").exists()


def test_the_tasks_of_scenes_are_listed(bcb):
    names = [task["name"] for task in bcb("list", "tasks", "--json").json]
    assert names[-3:] == ["objects", "depth", "snitch"]

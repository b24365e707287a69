"""`bcb evaluate --probes`: heads that learn from a run's frozen slots, on a store of scenes."""

import numpy as np
import pytest

import bcb.scenes.probing as probing
from bcb.cli import run as command_line
from generators.engine import generate
from generators.scenes.spec import SceneSpec
from generators.scenes.worlds import SnitchWorld, TossedWorld
from slotssm.scenes.predict import ClipPrediction
from tests.bcb.test_scene_commands import refused

TINY = ("--steps", 2, "--batch-size", 2, "--set", "model.width=16", "--set", "model.features=4")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store of tossed objects, larger than life. Skips, with the reason, where there is no GL."""
    out = tmp_path_factory.mktemp("probes") / "tossed"
    spec = SceneSpec(world=TossedWorld(objects=(2, 3), size=16, sizes=(0.8,)), frames=3)
    try:
        generate(spec, out, {"train": 30, "val": 1, "test": 10}, workers=1)
    except ValueError as error:
        pytest.skip(str(error))
    return out


@pytest.fixture(scope="module")
def run(store):
    """Trained on it for two steps."""
    out = store.parent / "run"
    line = ("train", "--task", "objects", "--model", "savi", "--data", store, "--out", out, *TINY)
    assert command_line([str(x) for x in line]) == 0
    return out


def test_every_attribute_is_asked_for(bcb, run):
    shown = bcb("evaluate", "--model", run, "--probes")
    assert shown.code == 0, shown.err
    assert "what the slots tell of their objects" in shown.out
    [result] = bcb("evaluate", "--model", run, "--probes", "--json").json["results"]
    assert result["probes"].keys() == {"shape", "color", "material", "size", "position", "velocity"}
    assert result["probes"]["shape"].keys() == {"accuracy", "prior"}
    assert result["probes"]["position"].keys() == {"r2"}
    [without] = bcb("evaluate", "--model", run, "--json").json["results"]
    assert without["probes"] == {}
    assert without["metrics"] == result["metrics"]


def test_who_is_asked_is_not_who_the_heads_learned_from(bcb, run):
    assert "score another" in refused(bcb("evaluate", "--model", run, "--probes", "--split", "train"))


def test_slots_that_hold_the_truth_are_read_without_a_mistake(store, run, monkeypatch):
    from bcb.scenes.clips import open_clips
    from slotssm.scenes.runs import load_scene_run

    def knowing(model, source, device):
        """Slot k + 1 draws object k, and holds its attributes as they are."""
        for i in range(len(source)):
            truth = source.reader.episode(i)
            most = len(truth.shape)
            slots = np.zeros((3, most + 1, 12))
            slots[:, 1:, :3] = np.eye(3)[np.minimum(truth.shape, 2)]
            slots[:, 1:, 3:6] = truth.position
            slots[:, 1:, 6:9] = truth.velocity
            yield ClipPrediction(truth.segmentation, slots, None, None)

    monkeypatch.setattr(probing, "predict_clips", knowing)
    trained, test = load_scene_run(run), open_clips(str(store), "test")
    train = probing.probes_learn_from(trained, test)
    assert (train.split, len(train)) == ("train", 30)
    calls = []
    found = probing.probe(trained, train, test, device="cpu", report=lambda *done: calls.append(done))
    assert calls[0] == (1, 40)
    assert calls[-1] == (40, 40)
    assert found["shape"]["accuracy"].value == 1
    assert found["position"]["r2"].value > 0.9
    assert found["color"]["accuracy"].value < 0.6  # which the slots don't hold


def test_what_has_nothing_to_read_off_is_refused_in_one_line(bcb, store, run, tmp_path):
    assert "--probes is for runs on scenes" in refused(bcb("evaluate", "--model", "slotssm-small-earliest", "--probes"))
    hidden = SceneSpec(world=SnitchWorld(size=16), frames=4)
    generate(hidden, tmp_path / "s", {"train": 2, "val": 1, "test": 1}, workers=1)
    line = ("train", "--task", "snitch", "--model", "savi", "--data", tmp_path / "s", "--out", tmp_path / "r", *TINY)
    assert bcb(*line, "--set", "train.frames=4").code == 0
    assert "a run on the snitch draws nothing" in refused(bcb("evaluate", "--model", tmp_path / "r", "--probes"))

"""Training: learns, stops, resumes to the same weights, and refuses what doesn't fit before it writes anything."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld
from slotssm.checkpoint import RunError, load_resume, load_run
from slotssm.models import MODELS
from slotssm.predict import predict
from slotssm.train import TrainConfig, train

WORLD = BouncingWorld(balls=2, size=16, radius=(2.5, 2.5), speed=(1.0, 1.0))
SPEC = Spec(context_frames=3, world=WORLD)
CONFIG = MODELS["slotssm"].config(image_size=16, width=16, slots=(2, 2), state=4, heads=2)
FAST = {"steps": 8, "batch_size": 4, "warmup": 2, "validate_every": 4, "device": "cpu"}


def sources(spec=SPEC, train=64, val=6):
    return SpecSource(spec, "train", train), SpecSource(spec, "val", val)


def run(out, **changes):
    return train("slotssm", CONFIG, TrainConfig(**(FAST | changes)), *sources(), out)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_a_run_folder_holds_what_design_says(tmp_path):
    seen = []
    trained = train(
        "slotssm",
        CONFIG,
        TrainConfig(**FAST),
        *sources(),
        tmp_path / "r",
        data_info={"spec": json.loads(SPEC.to_json())},
        score=lambda images: {"mine": float(images.shape[0])},
        progress=seen.append,
    )
    out = tmp_path / "r"
    assert {"config.json", "model.safetensors", "metrics.jsonl", "resume.pt", "tensorboard"} <= {
        p.name for p in out.iterdir()
    }
    records = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert records == seen
    assert [r["step"] for r in records] == [4, 8]
    assert all(r["mine"] == 6.0 for r in records)
    loaded = load_run(out)
    assert loaded.model_name == "slotssm"
    assert loaded.model_config == CONFIG
    assert loaded.info["data"]["spec"]["context_frames"] == 3
    if records[1]["val_loss"] < records[0]["val_loss"]:
        assert torch.equal(weights(loaded.model), weights(trained))
    images = predict(loaded.model, sources()[1], device="cpu")
    assert images.shape == (6, 16, 16)


def test_stopped_and_resumed_is_never_stopped(tmp_path):
    whole = run(tmp_path / "whole")
    for done in range(1, 9):  # every call does one step and runs out of time
        model = run(tmp_path / "cut", max_minutes=1e-9)
        assert load_resume(tmp_path / "cut")["step"] == done
        load_run(tmp_path / "cut")  # there are weights, however early it stopped
    assert torch.equal(weights(whole), weights(model))
    lines = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("whole", "cut")]
    for a, b in zip(*[[json.loads(x) for x in part] for part in lines], strict=True):
        assert {k: v for k, v in a.items() if k != "minutes"} == {k: v for k, v in b.items() if k != "minutes"}


def test_the_plain_scan_can_be_asked_for(tmp_path, monkeypatch):
    fast = weights(run(tmp_path / "numba", backend="numba", steps=2, decay=1, ramp=1))
    monkeypatch.setattr("slotssm.scan.selective_op.selective_scan_op", None)
    plain = weights(run(tmp_path / "plain", backend="reference", steps=2, decay=1, ramp=1))
    torch.testing.assert_close(plain, fast, rtol=0, atol=2e-3)  # of two steps: rounding decides the smallest ones
    with pytest.raises(ValueError, match="backend 'fastest' is not one of"):
        run(tmp_path / "none", backend="fastest")
    assert not (tmp_path / "none").exists()


def test_a_run_from_before_a_setting_was_there_goes_on(tmp_path):
    run(tmp_path / "r", max_minutes=1e-9)
    config = json.loads((tmp_path / "r" / "config.json").read_text())
    del config["train"]["backend"], config["model"]["config"]["core"]
    (tmp_path / "r" / "config.json").write_text(json.dumps(config))
    with pytest.raises(RunError, match=r"train.backend auto, not reference"):
        run(tmp_path / "r", backend="reference")
    run(tmp_path / "r")
    assert load_resume(tmp_path / "r")["step"] == 8


# A process of its own has the same small run.
SHARED = """
import sys
from slotssm.train import TrainConfig, train
from generators.source import SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld
from slotssm.models import MODELS
CONFIG = MODELS["slotssm"].config(image_size=16, width=16, slots=(2, 2), state=4, heads=2)
FAST = {"steps": 8, "batch_size": 4, "warmup": 2, "validate_every": 4, "device": "cpu"}
spec = Spec(context_frames=3, world=BouncingWorld(balls=2, size=16, radius=(2.5, 2.5), speed=(1.0, 1.0)))
def sources():
    return SpecSource(spec, "train", 64), SpecSource(spec, "val", 6)
run = lambda out, **changes: train("slotssm", CONFIG, TrainConfig(**FAST | changes), *sources(), out)
"""


@pytest.mark.slow
def test_killed_anywhere_and_run_again_gives_the_same_weights(tmp_path):
    """SIGKILL of the process, a few times, against a run that was left alone."""
    script = SHARED + "run(sys.argv[1], steps=60, checkpoint_minutes=0.0)"
    command = [sys.executable, "-c", script, str(tmp_path / "killed")]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    for steps in (1, 2):
        process = subprocess.Popen(command, env=env)
        deadline = time.monotonic() + 60
        while not (tmp_path / "killed" / "resume.pt").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3 * steps)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, env=env, check=True, timeout=120)
    subprocess.run([*command[:-1], str(tmp_path / "whole")], env=env, check=True, timeout=120)
    a, b = (load_run(tmp_path / name).model for name in ("killed", "whole"))
    assert torch.equal(weights(a), weights(b))


@pytest.mark.slow
def test_torchrun_shares_the_batch(tmp_path):
    """Two processes train the same weights as one, up to rounding."""
    script = tmp_path / "job.py"
    script.write_text(SHARED + "run(sys.argv[1], curriculum='none', validate_every=8)")
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    subprocess.run(
        [*torchrun, str(script), str(tmp_path / "two")], env=env, check=True, capture_output=True, timeout=120
    )
    run(tmp_path / "one", curriculum="none", validate_every=8)
    assert load_run(tmp_path / "two").info["world_size"] == 2
    two, one = weights(load_run(tmp_path / "two").model), weights(load_run(tmp_path / "one").model)
    assert ((two - one).norm() / one.norm()).item() < 1e-3  # Adam turns rounding of tiny gradients into small steps


def test_a_second_call_has_its_own_minutes(tmp_path):
    """Time spent before does not count: the same command really goes on."""
    changes = {"steps": 200, "validate_every": 200}
    run(tmp_path / "r", max_minutes=0.01, **changes)
    first = load_resume(tmp_path / "r")["step"]
    run(tmp_path / "r", max_minutes=0.01, **changes)
    assert first < 200
    assert load_resume(tmp_path / "r")["step"] > first + 1


def test_patience_stops_early(tmp_path):
    run(tmp_path / "r", steps=400, lr=1e-12, warmup=0, validate_every=1, patience=2)
    assert len((tmp_path / "r" / "metrics.jsonl").read_text().splitlines()) < 100


def test_training_can_start_from_other_weights(tmp_path):
    first = run(tmp_path / "first")
    second = train("slotssm", CONFIG, TrainConfig(**FAST | {"lr": 1e-12}), *sources(), tmp_path / "second", init=first)
    torch.testing.assert_close(weights(second), weights(first), rtol=1e-5, atol=1e-6)


def test_another_configuration_in_the_same_folder_is_refused(tmp_path):
    run(tmp_path / "r")
    before = (tmp_path / "r" / "config.json").read_bytes()
    with pytest.raises(RunError, match=r"train\.lr"):
        run(tmp_path / "r", lr=5e-4)
    assert (tmp_path / "r" / "config.json").read_bytes() == before


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(RunError, match="no run folder"):
        run(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="no run folder"):
        run(tmp_path / "file")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "thesis.tex"]


def test_data_that_does_not_fit_the_model_is_refused_before_anything_is_written(tmp_path):
    other = Spec(context_frames=3, patches_per_side=2, world=WORLD)
    with pytest.raises(ValueError, match="patches per side"):
        train("slotssm", CONFIG, TrainConfig(**FAST), *sources(other), tmp_path / "r")
    with pytest.raises(ValueError, match="--train"):
        train("slotssm", CONFIG, TrainConfig(**FAST), *sources(train=0), tmp_path / "r")
    with pytest.raises(ValueError, match="--val"):
        train("slotssm", CONFIG, TrainConfig(**FAST), *sources(val=0), tmp_path / "r")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"warmup": -1},
        {"curriculum": "all"},
        {"precision": "int8"},
        {"max_minutes": -1.0},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TrainConfig(**wrong)

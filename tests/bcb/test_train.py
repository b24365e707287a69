"""`bcb train`: options reach the run folder, and the run can be evaluated."""

import json

import pytest

from slotssm.checkpoint import read_config

TINY = ("--set", "model.width=8", "--set", "model.slots=[2]", "--set", "model.state=4", "--set", "model.heads=2",
        "--set", "model.encoder_layers=1", "--set", "model.decoder_layers=1")  # fmt: skip
FAST = ("--steps", 3, "--batch-size", 2, "--device", "cpu")


def test_train_on_a_store_and_evaluate(bcb, things, folder):
    done = bcb("train", "--data", things / "store", "--out", "r", *FAST, *TINY, "--lr", 0.002, "--seed", 4)
    assert (done.code, done.out) == (0, "")
    assert "bcb evaluate --model ./r" in done.err
    info = read_config(folder / "r")
    assert (
        info["model"]["config"] | {"width": 8, "slots": [2], "image_size": 16, "patches_per_side": 2}
        == info["model"]["config"]
    )
    train = info["train"]
    assert (train["steps"], train["batch_size"], train["lr"], train["seed"]) == (3, 2, 0.002, 4)
    assert info["data"]["fingerprint"] == bcb("inspect", things / "store", "--json").json["fingerprint"]
    records = [json.loads(line) for line in (folder / "r/metrics.jsonl").read_text().splitlines()]
    assert records[-1]["step"] == 3
    assert {"val_loss", "painted_accuracy", "foreground_iou"} <= records[-1].keys()
    assert bcb("evaluate", "--model", "r", "--data", things / "store").code == 0


def test_preset_config_flags_and_sets_in_this_order(bcb, folder, monkeypatch):
    monkeypatch.setattr("bcb.training.VAL_EPISODES", 2)
    (folder / "c.json").write_text(
        json.dumps(
            {"train": {"steps": 50, "lr": 0.5, "seed": 1}, "data": {"seed": 7, "context_frames": 2, "rule": "earliest"}}
        )
    )
    command = ["train", "--preset", "small", "--rule", "frequent", "--config", "c.json", "--out", "r", *TINY]
    done = bcb(*command, "--steps", 40, "--lr", 0.4, "--batch-size", 2, "--set", "train.steps=1")
    assert done.code == 0, done.err
    info = read_config(folder / "r")
    assert (info["train"]["steps"], info["train"]["lr"], info["train"]["seed"]) == (1, 0.4, 1)
    spec = info["data"]["spec"]
    assert (spec["rule"], spec["seed"], spec["context_frames"], spec["world"]["size"]) == ("frequent", 7, 2, 32)
    assert info["data"]["preset"] == "small"


def test_train_again_goes_on_and_a_changed_setting_is_refused(bcb, things, folder):
    command = ("train", "--data", things / "store", "--out", "r", *FAST, *TINY)
    assert bcb(*command).code == 0
    weights = (folder / "r/model.safetensors").read_bytes()
    assert bcb(*command).code == 0
    assert (folder / "r/model.safetensors").read_bytes() == weights
    refused = bcb(*command, "--lr", 0.1)
    assert (refused.code, refused.out) == (2, "")
    assert "lr" in refused.err.splitlines()[-1]


def test_init_starts_from_another_run(bcb, things, folder):
    same = [f"model.{key}={json.dumps(value)}" for key, value in read_config(things / "run")["model"]["config"].items()]
    sets = [part for item in same for part in ("--set", item)]
    done = bcb("train", "--data", things / "store", "--out", "r", "--init", things / "run", *FAST, *sets, "--lr", 1e-9)
    assert done.code == 0, done.err
    from slotssm.checkpoint import load_run

    before, after = load_run(things / "run").model, load_run(folder / "r").model
    for a, b in zip(before.parameters(), after.parameters(), strict=True):
        assert float((a - b).detach().abs().max()) < 1e-6


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ([], "either --data STORE or --preset NAME"),
        (["--preset", "small", "--data", "{store}"], "either --data STORE or --preset NAME"),
        (["--preset", "small", "--set", "model.widht=3"], "'width'"),
        (["--preset", "small", "--set", "train.batchsize=3"], "'batch_size'"),
        (["--preset", "small", "--set", "trian.steps=3"], "'train'"),
        (["--preset", "small", "--set", "steps=3"], "steps"),
        (["--preset", "small", "--set", "data.world.raduis=[3,4]"], "radius"),
        (["--preset", "small", "--set", "train.lr=NaN"], "NaN"),
        (["--preset", "small", "--set", "train.steps=2.5"], "steps"),
        (["--preset", "small", "--set", "train=3"], "train"),
        (["--preset", "small", "--curriculum", "lenght"], "curriculum"),
        (["--preset", "small", "--lr", "nan"], "nan"),
        (["--preset", "small", "--lr", "-1"], "-1"),
        (["--preset", "small", "--steps", "0"], "0"),
        (["--preset", "small", "--max-minutes", "inf"], "inf"),
        (["--preset", "small", "--device", "nonsense"], "nonsense"),
        (["--preset", "small", "--init", "nowhere"], "nowhere"),
        (["--preset", "small", "--init", "{run}"], "start"),
        (["--data", "{store}", "--rule", "frequent"], "--rule"),
        (["--data", "nowhere"], "nowhere"),
        (["--data", "{file}"], "is a file"),
    ],
)
def test_bad_input_leaves_no_run_folder(bcb, things, folder, flags, says):
    (folder / "file").write_text("")
    names = {"store": things / "store", "run": things / "run", "file": folder / "file"}
    done = bcb("train", "--out", "r", *(str(flag).format(**names) for flag in flags))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("Error: ")
    assert says in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert [path.name for path in folder.iterdir()] == ["file"]


@pytest.mark.parametrize("there", ["file", "folder"])
def test_out_that_is_something_else_is_left_alone(bcb, folder, there):
    if there == "file":
        (folder / "r").write_text("mine")
    else:
        (folder / "r").mkdir()
        (folder / "r/notes.txt").write_text("mine")
    done = bcb("train", "--preset", "small", "--out", "r", *FAST, *TINY)
    assert (done.code, done.out) == (2, "")
    assert "r" in done.err
    assert [p.name for p in folder.rglob("*")] == (["r"] if there == "file" else ["r", "notes.txt"])


def test_a_training_out_of_time_goes_on_by_the_same_command(bcb, things, folder):
    command = ["train", "--data", things / "store", *FAST, *TINY, "--set", "train.validate_every=1"]
    whole = bcb(*command, "--out", "whole")
    stopped = bcb(*command, "--out", "r", "--max-minutes", 1e-6)
    assert (stopped.code, stopped.out) == (0, "")
    assert "stopped before step 3; the same command goes on" in stopped.err
    again = bcb(*command, "--out", "r")
    assert again.code == whole.code == 0
    assert "3 steps, 1 of them done" in again.err
    assert "stopped" not in again.err
    assert (folder / "r/model.safetensors").read_bytes() == (folder / "whole/model.safetensors").read_bytes()

"""The weights that come with bcb: all there, what they say they are, and usable by name."""

import json
import re
import shutil
from pathlib import Path

import pytest

from bcb.bundled import WEIGHTS, bundle, bundled, run_folder
from bcb.presets import PRESETS
from bcb.tasks import task_of
from bcb.training import plan
from eval.score import score, score_baselines
from eval.truth import truth_from
from generators.source import SpecSource
from generators.spec import parse_spec
from slotssm.checkpoint import load_run, read_config
from slotssm.models import MODELS
from slotssm.predict import predict

ROOT = Path(__file__).parents[2]
PRESETS_OF_ALL = ("small-earliest", "small-frequent", "recall-frequent", "video-small-none")


def test_every_folder_of_weights_is_one_that_its_name_says():
    assert {b.name for b in bundled()} == {p.name for p in WEIGHTS.iterdir() if (p / "config.json").exists()}


def test_make_weights_trains_every_model_and_what_is_bundled():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    [models] = re.findall(r"^MODELS := (.*)$", text, re.MULTILINE)
    assert models.split() == list(MODELS.ours)
    extra = re.findall(r"^PATCHES_\w+ := (.*)$", text, re.MULTILINE)
    made = [f"{m}-{p}" for m in models.split() for p in PRESETS_OF_ALL]
    made += [Path(run).name for line in extra for run in line.split()]
    assert {b.name for b in bundled()} <= set(made)


@pytest.mark.parametrize("name", [b.name for b in bundled()])
def test_bundled_weights_are_of_their_preset_and_know_their_task(name):
    path = run_folder(name)
    run = load_run(path)
    data = run.info["data"]
    spec, preset = parse_spec(data["spec"]), PRESETS[data["preset"]]
    assert name == f"{run.model_name}-{data['preset']}-{spec.rule}"
    assert spec == preset.spec(spec.rule)
    assert data["fingerprint"] == spec.fingerprint
    planned = plan(run.model_name, None, data["preset"], None, [{"data": {"rule": spec.rule}}])
    assert run.model_config == planned.model_config
    source = task_of(spec).training(SpecSource(spec, "test", 16))  # as long as it was trained on
    truth = truth_from(source)
    found = score(predict(run.model, source), truth).metrics
    assert found["foreground_iou"].value > 0.5  # far below what they reach: this is no benchmark
    if spec.rule != "none":
        white = score_baselines(truth)["white"].metrics["painted_accuracy"].value
        assert found["painted_accuracy"].value > white + 0.3


def test_a_run_that_has_not_come_to_its_end_is_not_bundled(folder):
    shutil.copytree(WEIGHTS / "rim-small-earliest", folder / "run")
    curve = folder / "run" / "metrics.jsonl"
    curve.write_text("".join(curve.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(ValueError, match="has done 5750 of 6000 steps"):
        bundle(folder / "run", folder / "weights")
    assert not (folder / "weights").exists()


def test_a_bundled_run_is_evaluated_by_its_name(bcb):
    run = bcb("evaluate", "--model", "slotssm-small-earliest", "--episodes", 2, "--json").json
    own = bcb("evaluate", "--model", "slotssm", "--preset", "small", "--rule", "earliest", "--episodes", 2, "--json")
    [result], [expected] = run["results"], own.json["results"]
    assert result == expected | {"preset": None}


def test_a_folder_wins_over_a_bundled_name(mine, monkeypatch, folder):
    assert run_folder("slotssm-small-earliest").parent == WEIGHTS
    assert run_folder("./slotssm-small-earliest") == Path("slotssm-small-earliest")
    shutil.copytree(mine / "run", folder / "slotssm-small-earliest")
    assert run_folder("slotssm-small-earliest") == Path("slotssm-small-earliest")


def test_training_starts_from_a_bundled_run(bcb, folder):
    command = ("train", "--preset", "small", "--rule", "latest", "--init", "slotssm-small-earliest", "--out", "r")
    assert bcb(*command, "--steps", 1, "--batch-size", 1, "--max-minutes", 0.0001).code == 0
    assert read_config(folder / "r")["data"]["init"]["spec"]["rule"] == "earliest"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("evaluate", "--model", "slotssm-small-earlist"), "did you mean 'slotssm-small-earliest'?"),
        (("evaluate", "--model", "slotsm"), "did you mean 'slotssm'?"),
        (("evaluate", "--model", "something"), "`bcb list weights`"),
        (("train", "--preset", "small", "--init", "slotssm-smal-earliest", "--out", "r"), "'slotssm-small-earliest'"),
        (("train", "--preset", "small", "--init", "./slotssm-small-earliest", "--out", "r"), "is no run folder"),
    ],
)
def test_a_name_that_is_nothing_is_refused_in_one_line(bcb, folder, command, says):
    done = bcb(*command)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err
    assert not list(folder.iterdir())


def test_another_rule_than_was_trained_is_remarked_once(bcb, things):
    command = ("evaluate", "--model", things / "run", "--episodes", 2, "--json")
    assert bcb(*command, "--data", things / "store").err == ""
    other = json.loads((things / "run/config.json").read_text())["data"]["spec"]["rule"]
    assert other == "frequent"
    done = bcb("evaluate", "--model", "slotssm-small-earliest", "--preset", "small", "--rule", "latest",
               "--episodes", 1, "--json")  # fmt: skip
    assert done.code == 0
    assert done.err == "slotssm-small-earliest was trained on rule earliest, and these episodes are under rule latest\n"
    assert done.json["results"][0]["rule"] == "latest"

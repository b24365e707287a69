"""`bcb evaluate` and `bcb score`: the same numbers, for our models and anyone's."""

import numpy as np
import pytest

from bcb.bundled import bundle, bundled
from bcb.presets import PRESETS
from eval.metrics import METRICS
from eval.predictions import read_predictions, write_predictions
from generators.engine import generate
from generators.source import View
from generators.store import StoreReader

BASELINES = {"oracle", "chance", "white"}


def check_document(document, *, rule="frequent", episodes=5):
    """The form that DESIGN §7 promises, of one result."""
    [result] = document["results"]
    assert (result["rule"], result["length"], result["episodes"]) == (rule, 16, episodes)
    assert result["metrics"].keys() == METRICS.keys()
    for scores in (result["metrics"], *result["baselines"].values()):
        for estimate in scores.values():
            assert estimate.keys() == {"value", "low", "high", "n"}
            assert estimate["low"] <= estimate["value"] <= estimate["high"]
            assert estimate["n"] > 0
    assert result["baselines"].keys() == BASELINES
    assert result["baselines"]["oracle"]["painted_accuracy"]["value"] == 1.0
    assert result["baselines"]["white"]["painted_accuracy"]["value"] == 0.0
    assert sum(age["n"] for age in result["by_age"].values()) == result["metrics"]["painted_accuracy"]["n"]
    check_memory(result)
    assert "bcb" in document["versions"]
    return result


def check_memory(result):
    memory = result["memory"]
    assert len(memory["windowed_oracle"]) == result["context_frames"] + 1
    assert memory["baselines"].keys() == BASELINES
    for found in (memory["metrics"], *memory["baselines"].values()):
        assert {frozenset(estimate) for estimate in found.values()} == {frozenset(("value", "low", "high", "n"))}
        frames, share, steps = (found[f"effective_memory{unit}"]["value"] for unit in ("", "_share", "_steps"))
        assert frames == pytest.approx(share * result["context_frames"]) == pytest.approx(steps / 4)
        assert found["effective_memory"]["n"] == result["metrics"]["painted_accuracy"]["n"]
    assert memory["baselines"]["oracle"]["guessing_accuracy"]["value"] == memory["windowed_oracle"][-1] == 1
    assert memory["baselines"]["white"]["effective_memory"]["value"] == 0


def numbers(document):
    """The results without what only a model of ours has."""
    return [{key: value for key, value in result.items() if key != "parameters"} for result in document["results"]]


def test_score_of_perfect_predictions(bcb, things):
    done = bcb("score", things / "predictions", "--data", things / "store", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.json["model"] == "perfect"
    result = check_document(done.json)
    assert all(result["metrics"][name]["value"] == metric.best for name, metric in METRICS.items())


def test_score_as_a_table(bcb, things):
    done = bcb("score", things / "predictions", "--data", things / "store")
    assert done.code == 0
    parts = (
        "perfect",
        "oracle",
        "chance",
        "white",
        "1.000 [1.000, 1.000]",
        "effective memory",
        "of 4 frames",
        "of 16 steps",
    )
    for part in (*parts, *METRICS):
        assert part in done.out


def test_score_of_some_episodes_in_another_order(bcb, things):
    reader = StoreReader(things / "store", "test")
    index = np.array([3, 1])
    write_predictions(
        "mine",
        np.stack([np.minimum(reader.episode(i).target, 1) for i in index]),
        index,
        fingerprint=reader.spec.fingerprint,
        split="test",
        model_name="mine",
        model_config={"a": 1},
    )
    result = check_document(bcb("score", "mine", "--data", things / "store", "--json").json, episodes=2)
    assert result["metrics"] == result["baselines"]["white"]


def test_evaluate_of_a_run_on_a_store_scores_what_it_saves(bcb, things):
    evaluated = bcb(
        "evaluate", "--model", things / "run", "--data", things / "store", "--save-predictions", "p", "--json"
    )
    assert (evaluated.code, evaluated.err) == (0, "")
    assert evaluated.json["model"] == str(things / "run")
    result = check_document(evaluated.json)
    assert (result["split"], result["preset"], result["context_frames"], result["patches_per_side"]) == (
        "test",
        None,
        4,
        2,
    )
    scored = bcb("score", "p", "--data", things / "store", "--json").json
    assert numbers(scored) == numbers(evaluated.json)
    saved = read_predictions("p")
    assert (saved.model_name, saved.split, saved.fingerprint) == ("slotssm", "test", result["fingerprint"])
    assert saved.model_config["width"] == 8
    assert saved.index.tolist() == [0, 1, 2, 3, 4]


def test_evaluate_of_a_run_alone_takes_the_data_that_it_was_trained_for(bcb, things):
    alone = bcb("evaluate", "--model", things / "run", "--episodes", 5, "--json").json
    stored = bcb("evaluate", "--model", things / "run", "--data", things / "store", "--json").json
    assert alone["results"] == stored["results"]  # the same spec, so the same episodes


@pytest.mark.parametrize(
    ("flags", "frames"), [(["--context-frames", 2], 2), (["--length", 12], 3), (["--length", 24], 6)]
)
def test_evaluate_at_another_length(bcb, things, flags, frames):
    [result] = numbers(bcb("evaluate", "--model", things / "run", *flags, "--episodes", 2, "--json").json)
    assert (result["context_frames"], result["patches_per_side"], result["length"]) == (frames, 2, frames * 4)
    if frames <= 4:
        command = ("evaluate", "--model", things / "run", "--data", things / "store", *flags, "--episodes", 2)
        assert numbers(bcb(*command, "--save-predictions", "p", "--json").json) == [result]
        assert numbers(bcb("score", "p", "--data", things / "store", "--json").json) == [result]
        assert View(StoreReader(things / "store", "test"), frames).spec.fingerprint == result["fingerprint"]


def test_evaluate_on_a_split_and_in_other_batches(bcb, things):
    command = ("evaluate", "--model", things / "run", "--data", things / "store", "--split", "train", "--json")
    whole, single = (bcb(*command, "--batch-size", size).json["results"] for size in (64, 1))
    assert whole == single
    assert (whole[0]["split"], whole[0]["episodes"]) == ("train", 6)


def test_saved_predictions_are_replaced_only_when_asked(bcb, things, folder):
    command = ("evaluate", "--model", things / "run", "--episodes", 1, "--save-predictions", "p")
    assert bcb(*command).code == 0
    refused = bcb(*command)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert bcb(*command, "--split", "val", "--overwrite").code == 0
    assert read_predictions("p").split == "val"


def test_bundled_weights_are_found_by_name(bcb, monkeypatch, folder):
    for name in (
        "slotssm-small-earliest",
        "slotssm-small-80-frequent",
        "slotssm-nonsense",
        "single-small-earliest",
        "__pycache__",
    ):
        (folder / name).mkdir()
    monkeypatch.setattr("bcb.bundled.WEIGHTS", folder)
    assert [(b.preset, b.rule, b.path.name) for b in bundled("slotssm")] == [
        ("small", "earliest", "slotssm-small-earliest"),
        ("small-80", "frequent", "slotssm-small-80-frequent"),
    ]
    assert [b.preset for b in bundled("slotssm", rule="frequent")] == ["small-80"]
    assert [b.name for b in bundled()] == [
        "slotssm-small-earliest",
        "single-small-earliest",
        "slotssm-small-80-frequent",
    ]
    done = bcb("evaluate", "--model", "single", "--rule", "frequent")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "there are: single-small-earliest; train them with" in done.err


def test_weights_that_do_not_fit_are_said_in_a_short_line(bcb, monkeypatch, folder):
    monkeypatch.setattr("bcb.bundled.WEIGHTS", folder / "weights")
    for name in ("rim-small-earliest", "rim-small-frequent", "rim-video-small-none", "slotssm-small-earliest"):
        (folder / "weights" / name).mkdir(parents=True)
    done = bcb("evaluate", "--model", "rim", "--preset", "paper-80", "--rule", "latest")
    assert done.err == (
        "Error: no weights of rim are bundled for preset paper-80, rule latest; "
        "there are: rim-small-earliest, rim-small-frequent; "
        "train them with: bcb train --model rim --preset paper-80 --rule latest --out RUN\n"
    )
    done = bcb("evaluate", "--model", "single")
    assert done.err == (
        "Error: no weights of single are bundled; there are: none of it (`bcb list weights`); "
        "train them with: bcb train --model single --preset small --out RUN\n"
    )


def test_where_only_the_rule_of_a_store_differs_it_is_said(bcb):
    spec = PRESETS["small"].spec("latest")
    generate(spec, "some", {"test": 2}, workers=1)
    said = bcb("evaluate", "--model", "slotssm", "--data", "some").err
    assert said.startswith(
        "Error: no bundled slotssm was trained on rule latest; name one of another rule with --model ("
    )
    assert "(slotssm-small-earliest, slotssm-small-frequent" in said
    assert said.endswith("; or train one on a store that has train and val episodes (some has test alone)\n")
    named = bcb("evaluate", "--model", "slotssm-small-earliest", "--data", "some", "--json")
    assert named.code == 0
    assert (
        named.err == "slotssm-small-earliest was trained on rule earliest, and these episodes are under rule latest\n"
    )
    generate(spec, "all", {"train": 1, "val": 1, "test": 1}, workers=1)
    assert (
        "train one with: bcb train --model slotssm --data all"
        in bcb("evaluate", "--model", "slotssm", "--data", "all").err
    )


def test_bundle_puts_a_run_of_a_preset_where_evaluate_finds_it(mine, monkeypatch, folder):
    import json

    from slotssm.checkpoint import load_run, read_config

    info = read_config(mine / "run")
    info["data"]["preset"] = "small"
    info["train"] = {"steps": 1, "patience": 0}
    (mine / "run/config.json").write_text(json.dumps(info))
    (mine / "run/metrics.jsonl").write_text('{"step": 1}\n')
    place = bundle(mine / "run", folder / "weights")
    assert place.name == "slotssm-small-frequent"
    monkeypatch.setattr("bcb.bundled.WEIGHTS", folder / "weights")
    [found] = bundled("slotssm")
    before, after = load_run(mine / "run"), load_run(found.path)
    assert after.model_config == before.model_config
    for a, b in zip(before.model.parameters(), after.model.parameters(), strict=True):
        np.testing.assert_allclose(a.detach(), b.detach(), atol=2e-3)  # stored in half precision


def test_a_name_that_stands_for_several_runs_says_which(bcb):
    done = bcb("evaluate", "--model", "single", "--rule", "earliest", "--episodes", 1)
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert all(said in done.err for said in (" runs of single: ", "single-small-earliest", "single-small-80-earliest"))
    assert bcb("evaluate", "--model", "single-small-earliest", "--episodes", 1).err == ""

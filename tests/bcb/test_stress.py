"""`bcb stress`: its cells are runs and evaluations like any, computed once, whatever happens meanwhile."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bcb.stress.asked import Asked
from bcb.stress.asked import stress as planned
from bcb.stress.cell import Cell, Common, Place, read_json
from bcb.stress.drive import check_plan
from bcb.stress.metrics import metrics_of
from bcb.stress.plan import recipe
from bcb.stress.records import COLUMNS, scores_in, write_records
from bcb.stress.run import CellTask, run_cell
from generators.executors import WorkerDied
from slotssm.checkpoint import read_config

TINY = (
    "--set", "model.width=8", "--set", "model.state=4", "--set", "model.heads=2",
    "--set", "model.encoder_layers=1", "--set", "model.decoder_layers=1", "--set", "data.world.size=16",
    "--set", "data.world.radius=[2.5,2.5]", "--set", "data.world.balls=2", "--set", "train.checkpoint_minutes=0",
    "--steps", 3, "--batch-size", 2, "--device", "cpu", "--episodes", 5, "--workers", 1,
)  # fmt: skip
BASE = ("stress", "--models", "slotssm", "--rule", "earliest", *TINY)
ONE = (*BASE, "--lengths", 2, "--test-lengths", "2,4", "--seeds", 1)


@pytest.fixture(autouse=True)
def few_episodes(monkeypatch):
    monkeypatch.setattr("bcb.training.VAL_EPISODES", 2)


def rows(out: str | Path) -> list[dict[str, str]]:
    """records.csv, less what a clock says."""
    with (Path(out) / "records.csv").open(newline="", encoding="utf-8") as file:
        return [{key: value for key, value in row.items() if key != "minutes"} for row in csv.DictReader(file)]


def forbid(monkeypatch, name: str) -> None:
    def no(*args, **kwargs):
        raise AssertionError(name)

    monkeypatch.setattr(name, no)


def test_records_are_what_evaluate_says_of_the_runs(bcb, folder):
    done = bcb(*BASE, "--lengths", "2,3", "--test-lengths", "2,4", "--seeds", 2, "--out", "o", "--json")
    assert done.code == 0, done.err
    found = {(t["train_length"], t["train_seed"], t["test_length"]): t["metrics"] for t in done.json["tests"]}
    assert set(found) == {(length, seed, test) for length in (2, 3) for seed in (0, 1) for test in (2, 4)}
    assert done.json["failed"] == []
    run = folder / "o/runs/slotssm-earliest-3-seed1"
    assert read_config(run)["train"]["seed"] == 1
    assert read_config(run)["data"]["spec"]["context_frames"] == 3
    [said] = bcb("evaluate", "--model", run, "--context-frames", 4, "--episodes", 5, "--json").json["results"]
    metrics = found[3, 1, 4]
    assert {name: metrics[name] for name in said["metrics"]} == said["metrics"]
    assert {age: metrics[f"by_age.{age}"] for age in said["by_age"]} == said["by_age"]
    assert metrics["baselines.oracle.painted_accuracy"]["value"] == 1
    table = rows("o")
    assert tuple(table[0]) == tuple(c for c in COLUMNS if c != "minutes")
    [row] = [
        row
        for row in table
        if (row["train_length"], row["train_seed"], row["test_length"], row["metric"])
        == ("3", "1", "4", "painted_accuracy")
    ]
    assert float(row["value"]) == metrics["painted_accuracy"]["value"]
    assert (row["fingerprint"], row["n"]) == (said["fingerprint"], str(metrics["painted_accuracy"]["n"]))


def test_nothing_is_computed_twice_and_the_matrix_may_grow(bcb, monkeypatch):
    assert bcb(*ONE, "--out", "o").code == 0
    before = rows("o")
    with monkeypatch.context() as patch:
        forbid(patch, "bcb.stress.run._test")
        forbid(patch, "bcb.stress.run.training")
        assert bcb(*ONE, "--out", "o").code == 0
    assert rows("o") == before
    with monkeypatch.context() as patch:
        forbid(patch, "bcb.stress.run.training")
        done = bcb(*BASE, "--lengths", 2, "--test-lengths", "3", "--seeds", 1, "--out", "o")
        assert done.code == 0, done.err
    config = Path("o/runs/slotssm-earliest-2-seed0/config.json")
    info = json.loads(config.read_text())
    del info["train"]["backend"]  # as in a run of before there was a choice
    config.write_text(json.dumps(info))
    with monkeypatch.context() as patch:
        forbid(patch, "bcb.stress.run.training")
        assert bcb(*ONE, "--out", "o", "--retest").code == 0
    assert {row["test_length"] for row in rows("o")} == {"2", "3", "4"}
    assert [row for row in rows("o") if row["test_length"] != "3"] == before


@pytest.mark.parametrize("moment", ["_train", "_test"])
def test_interrupted_it_goes_on_to_the_same_records(bcb, folder, monkeypatch, moment):
    assert bcb(*ONE, "--out", "whole").code == 0

    def interrupt(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "_train":
            patch.setattr("slotssm.train.validate", interrupt)
        else:
            patch.setattr("bcb.tasks.blinking.score_baselines", interrupt)
        done = bcb(*ONE, "--out", "o")
    assert (done.code, done.err.splitlines()[-1]) == (130, "Interrupted. The same command goes on.")
    assert not (folder / "o/cells/slotssm-earliest-2-seed0/failed.json").exists()
    assert bcb(*ONE, "--out", "o").code == 0
    assert rows("o") == rows("whole")


def test_a_cell_that_fails_says_so_and_the_others_go_on(bcb, folder):
    command = ("stress", "--models", "slotssm,single", "--rule", "earliest,frequent", *TINY, "--lengths", 2,
               "--seeds", 1, "--init", "frequent=earliest", "--out", "o")  # fmt: skip
    done = bcb(*command, "--models", "single")
    assert done.code == 0, done.err
    blocked = folder / "o/runs/slotssm-earliest-2-seed0"
    blocked.mkdir()
    (blocked / "notes.txt").write_text("mine")
    done = bcb(*command)
    assert done.code == 1
    assert "failed" in done.out
    assert done.err.splitlines()[-2:] == [
        f"slotssm-earliest-2-seed0 failed: {blocked} exists and is no run folder; choose another --out",
        "slotssm-frequent-2-seed0 failed: it starts from slotssm-earliest-2-seed0, which is not trained",
    ]
    errors = {row["rule"]: row["error"] for row in rows("o") if row["error"]}
    assert errors.keys() == {"earliest", "frequent"}
    assert {row["model"] for row in rows("o") if row["metric"]} == {"single"}
    (blocked / "notes.txt").unlink()
    done = bcb(*command)
    assert done.code == 0, done.err
    assert not any(row["error"] for row in rows("o"))
    start = read_config(folder / "o/runs/slotssm-frequent-2-seed0")["data"]["init"]
    assert (start["spec"]["rule"], start["train"]["steps"]) == ("earliest", 3)


def test_a_dry_run_makes_nothing_and_knows_what_is_done(bcb, folder):
    done = bcb(*ONE, "--out", "o", "--dry-run", "--json")
    assert done.code == 0, done.err
    assert [(c["name"], c["how"]) for c in done.json["cells"]] == [("slotssm-earliest-2-seed0", "tried")]
    assert done.json["seconds"] > 0
    assert not list(folder.iterdir())
    assert bcb(*ONE, "--out", "o").code == 0
    more = bcb(*BASE, "--lengths", 2, "--test-lengths", "2,4", "--seeds", 2, "--out", "o", "--dry-run", "--json").json
    assert [c["how"] for c in more["cells"]] == ["done", "recorded"]
    assert more["cells"][0]["seconds"] == 0
    shown = bcb(*ONE, "--out", "o", "--dry-run")
    assert "0 cells to go" in shown.out


def test_tests_are_of_a_store_where_one_is_named(bcb, things):
    # `things` has episodes of 4 frames of 2×2 patches.
    flags = ("--rule", "frequent", "--data", things / "store", "--set", "data.patches_per_side=2", "--out", "o")
    done = bcb(*ONE, *flags, "--lengths", 8, "--test-lengths", "4,16", "--json")
    assert done.code == 0, done.err
    run = "o/runs/slotssm-frequent-8-seed0"
    for test in done.json["tests"]:
        assert test["test_frames"] == test["test_length"] / 4
        data = ("--data", things / "store", "--context-frames", test["test_frames"])
        [said] = bcb("evaluate", "--model", run, *data, "--json").json["results"]
        assert test["fingerprint"] == said["fingerprint"]
        assert test["metrics"]["ball_accuracy"] == said["metrics"]["ball_accuracy"]
    refused = bcb(*ONE, *flags, "--lengths", 8, "--test-lengths", "20")
    assert refused.code == 2
    assert "has 4 context frames, not 5" in refused.err


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--preset", "smal"], "'small'"),
        (["--models", "slotssm"], "--lengths L"),
        (["--models", "slotsm", "--lengths", "2"], "'slotssm'"),
        (["--models", "slotssm,", "--lengths", "2"], "no model ''"),
        (["--preset", "small", "--rule", "none"], "rule none"),
        (["--preset", "small", "--rule", "frequentest"], "'frequent'"),
        (["--preset", "small", "--lengths", "2;3"], "2;3"),
        (["--preset", "small", "--lengths", "0"], "above 0"),
        (["--preset", "small", "--lengths", "99999999999"], "more than 1 GiB; choose shorter lengths"),
        (["--preset", "small", "--test-lengths", "99999999999"], "more than 1 GiB; choose shorter lengths"),
        (["--preset", "paper", "--lengths", "100"], "64, 128"),
        (["--preset", "paper", "--test-lengths", "641"], "640, 704"),
        (["--preset", "small", "--init", "frequent"], "frequent=earliest"),
        (["--preset", "small", "--rule", "frequent", "--init", "frequent=earliest"], "--rule"),
        (["--preset", "small", "--init", "frequent=earliest,earliest=frequent"], "circle"),
        (["--preset", "small", "--seeds", "0"], "0"),
        (["--preset", "small", "--base", "video-small"], "rule none"),
        (["--preset", "small", "--set", "train.seed=3"], "give --seeds"),
        (["--preset", "small", "--set", "data.rule=frequent"], "give --rule"),
        (["--preset", "small", "--set", "train.max_minutes=3"], "when it is run again"),
        (["--preset", "small", "--set", "model.widht=3"], "'width'"),
        (["--preset", "small", "--set", "train.stepps=3"], "'steps'"),
        (["--preset", "small", "--set", "train=3"], "group of settings"),
        (["--preset", "small", "--set", "data.world.size=x"], "size"),
        (["--preset", "small", "--set", "data.patches_per_side=x"], "patches_per_side"),
        (["--preset", "small", "--steps", "2", "--set", "train.decay=5"], "decay"),
        (["--preset", "small", "--device", "abacus"], "abacus"),
        (["--preset", "small", "--data", "nowhere"], "no store at nowhere"),
        (["--preset", "small", "--scheduler", "tcp://node1:8786", "--workers", "2"], "--workers"),
        (["--preset", "small", "--dry-run", "--retest"], "--retest"),
        (["--preset", "small", "--out", "notes.txt"], "notes.txt"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(bcb, folder, flags, says):
    (folder / "notes.txt").write_text("notes")
    done = bcb("stress", "--out", "o", *flags)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_a_store_of_other_data_is_refused(bcb, things):
    assert "of rule frequent" in bcb(*ONE, "--out", "o", "--data", things / "store").err
    twice = ("--data", things / "store", "--data", things / "other")
    assert "give one for each rule" in bcb(*ONE, "--rule", "frequent", "--out", "o", *twice).err
    larger = ("--rule", "frequent", "--data", things / "store", "--set", "data.world.size=32")
    assert "pixels" in bcb(*ONE, "--out", "o", *larger).err


def test_cells_that_could_not_be_compared_need_another_folder(bcb, folder):
    assert bcb(*ONE, "--out", "o").code == 0
    before = rows("o")
    for other in (
        ("--steps", 4),
        ("--data-seed", 1),
        ("--episodes", 6),
        ("--set", "data.world.balls=3"),
        ("--init", "none", "--curriculum", "none"),
    ):
        refused = bcb(*ONE, "--out", "o", *other)
        assert (refused.code, refused.out) == (2, "")
        assert "choose another --out" in refused.err
    assert rows("o") == before
    (folder / "mine").mkdir()
    (folder / "mine/thing").write_text("")
    assert "no folder of bcb stress" in bcb(*ONE, "--out", "mine").err
    assert "'painted_accuracy'" in bcb(*ONE, "--out", "o", "--metric", "painted_acuracy").err


def test_cells_wait_for_those_that_they_start_from():
    asked = Asked(models="slotssm,single", rules="frequent,earliest", lengths="3,2", seeds=2, init="frequent=earliest")
    matrix = planned(asked, [])
    first, second = matrix.waves()
    assert {cell.rule for cell in first} == {"earliest"}
    assert {cell.rule for cell in second} == {"frequent"}
    assert sorted([*first, *second], key=str) == sorted(matrix.cells, key=str)
    assert first[0] == Cell("slotssm", "earliest", 2, 0)
    assert [recipe(matrix.common, cell).steps for cell in (first[0], second[0])] == [6000, 3000]


def test_any_number_with_an_interval_becomes_rows(folder):
    cell = {"model": "m", "rule": "r", "length": 2, "seed": 0}
    e = {"value": 0.5, "low": 0.25, "high": float("nan"), "n": 4}
    result = {"context_frames": 9, "split": "test", "episodes": 3, "fingerprint": "f", "metrics": {"a": e}}
    result |= {
        "memory": {"metrics": {"frames": e | {"more": [1]}}, "unit": "frames"},
        "baselines": {"chance": {"a": e}},
    }
    trained = {"context_frames": 2, "patches_per_side": 1, "parameters": 7, "steps": 3, "minutes": 0.1}
    place = Place(folder, Cell("m", "r", 2, 0))
    place.folder.mkdir(parents=True)
    place.trained.write_text(json.dumps(trained))
    place.test(9).write_text(json.dumps({"cell": cell, "test_length": 9, "data_seed": 0, "result": result}))
    [test] = scores_in(folder)
    shown = e | {"high": None}
    assert test["metrics"] == {"a": shown, "memory.frames": shown, "baselines.chance.a": shown}
    write_records(folder)
    assert [(row["metric"], row["high"], row["n"]) for row in rows(folder)] == [
        ("a", "", "4"),
        ("memory.frames", "", "4"),
        ("baselines.chance.a", "", "4"),
    ]


def test_a_cell_that_nobody_waits_for_stops_and_has_not_failed(folder):
    class Dropped(Exception):
        pass

    def dropped(steps):
        raise Dropped

    model = {"width": 8, "slots": [2], "heads": 2, "encoder_layers": 1, "decoder_layers": 1}
    common = Common("small", {"model": model, "train": {"steps": 1, "batch_size": 1}}, {}, 0, 1, {})
    cell = Cell("slotssm", "earliest", 2, 0)
    document = check_plan(folder / "o", common)
    (folder / "o").mkdir()
    (folder / "o/plan.json").write_text(json.dumps(document))
    task = CellTask(str(folder / "o"), document["fingerprint"], common, cell, (2,), 1)
    with pytest.raises(Dropped):
        run_cell(task, dropped)
    assert not Place(folder / "o", cell).failed.exists()
    with pytest.raises(ValueError, match="where every worker sees it"):
        run_cell(CellTask(str(folder), document["fingerprint"], common, cell, (2,), 1), lambda steps: None)


def test_a_worker_that_dies_ends_the_run_and_the_message_says_how_to_go_on(bcb, monkeypatch):
    def died(*args, **kwargs):  # what a killed worker comes to: tests/generators/test_executors.py
        raise WorkerDied("a worker process died (out of memory?); take fewer workers")

    monkeypatch.setattr("bcb.stress.drive.run_stress", died)
    done = bcb(*ONE, "--out", "o")
    assert (done.code, done.out, done.err.count("Error: ")) == (2, "", 1)
    assert done.err.splitlines()[0].startswith("1 cell to go")
    assert "take fewer workers and run the same bcb stress command again to go on" in done.err


@pytest.mark.parametrize("whole", [False, True])
def test_a_cell_that_lost_its_weights_is_trained_again_where_something_needs_them(bcb, folder, monkeypatch, whole):
    command = (*BASE, "--lengths", 2, "--seeds", 1, "--rule", "earliest,frequent", "--init", "frequent=earliest")
    assert bcb(*command, "--out", "o").code == 0
    before = rows("o")
    lost = folder / "o/runs/slotssm-earliest-2-seed0"
    weights = (lost / "model.safetensors").read_bytes()
    shutil.rmtree(lost) if whole else (lost / "model.safetensors").unlink()
    with monkeypatch.context() as patch:  # the numbers are there, and nothing else is asked for
        forbid(patch, "bcb.stress.run.training")
        assert bcb(*command, "--out", "o").code == 0
    shutil.rmtree(folder / "o/cells/slotssm-frequent-2-seed0")
    shutil.rmtree(folder / "o/runs/slotssm-frequent-2-seed0")
    estimated = bcb(*command, "--out", "o", "--dry-run", "--json").json["cells"]
    assert "done" not in {cell["how"] for cell in estimated}
    done = bcb(*command, "--out", "o")
    assert done.code == 0, done.err
    assert "2 of 2" in done.err
    assert (lost / "model.safetensors").read_bytes() == weights
    assert rows("o") == before


def test_the_plan_of_before_there_was_a_start_has_none(folder):
    common = planned(Asked("small", models="slotssm", seeds=1), []).common
    document = check_plan(folder, common)

    def plan(**changes):
        shared = {key: value for key, value in document["common"].items() if key != "start"} | changes
        (folder / "plan.json").write_text(json.dumps(document | {"common": shared}))

    plan()
    assert check_plan(folder, common) == document
    with pytest.raises(ValueError, match='have start null, not "small"; choose another --out'):
        check_plan(folder, replace(common, start="small"))
    plan(start="small")
    with pytest.raises(ValueError, match='have start "small", not null'):
        check_plan(folder, common)
    plan(of_a_newer_bcb=1)
    with pytest.raises(ValueError, match="have of_a_newer_bcb 1, not null"):
        check_plan(folder, common)


CELL = "cells/slotssm-earliest-2-seed0"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("plan.json", "[]", "no record but a list"),
        ("plan.json", '{"format": "bcb-stress"}', "choose another --out"),
        ("plan.json", '{"format": "bcb-stress", "common": []}', "choose another --out"),
        ("plan.json", "[" * 100_000, "is damaged"),
        (f"{CELL}/test-2.json", "[]", "no record but a list"),
        (f"{CELL}/test-2.json", "{}", "is damaged (KeyError('result')); delete it, and it is made again"),
        (f"{CELL}/test-2.json", '{"result": 3}', "is damaged"),
        (f"{CELL}/test-2.json", "{", "is damaged"),
        (f"{CELL}/trained.json", "{}", "trained.json is damaged"),
        (f"{CELL}/trained.json", '"x"', "no record but a str"),
        ("cells/another/failed.json", "{}x", "is damaged"),
        ("cells/another/failed.json", '{"cell": {}}', "is damaged"),
    ],
)
def test_a_damaged_file_is_named_in_one_line(bcb, folder, name, text, says):
    where = folder / "o" / CELL
    where.mkdir(parents=True)
    common = planned(Asked(models="slotssm", lengths="2", seeds=1), [{"train": {}}]).common
    (folder / "o/plan.json").write_text(json.dumps(check_plan(folder / "p", common)))
    whose = {"context_frames": 2, "patches_per_side": 1, "parameters": 7, "steps": 3, "minutes": 0.1}
    cell = {"model": "slotssm", "rule": "earliest", "length": 2, "seed": 0}
    (where / "trained.json").write_text(json.dumps(whose | {"cell": cell}))
    result = {"context_frames": 2, "split": "test", "episodes": 3, "fingerprint": "f", "metrics": {}}
    test = {"cell": cell, "test_length": 2, "data_seed": 0, "result": result}
    (where / "test-2.json").write_text(json.dumps(test))
    command = ("stress", "--models", "slotssm", "--lengths", 2, "--seeds", 1, "--workers", 1, "--out", "o")
    assert bcb(*command).code == 0
    (folder / "o" / name).parent.mkdir(exist_ok=True)
    (folder / "o" / name).write_text(text)
    done = bcb(*command)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert says in done.err
    assert name in done.err


def test_a_metric_that_no_test_has_is_said_before_anything_is_trained(bcb, folder):
    for metric in ("typo", "by_age.5", "memory"):
        done = bcb(*ONE, "--out", "o", "--metric", metric)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
        assert f"no metric '{metric}'" in done.err
    assert not list(folder.iterdir())


def test_every_number_of_a_test_can_be_asked_for(bcb):
    done = bcb(*ONE, "--out", "o", "--metric", "by_age.4", "--json")
    assert done.code == 0, done.err
    asked = Asked(models="slotssm", lengths="2", tests="2,4", seeds=1)
    assert {name for test in done.json["tests"] for name in test["metrics"]} <= set(metrics_of(planned(asked, [])))


@pytest.mark.slow
def test_killed_with_two_workers_it_goes_on_to_the_records_of_one(bcb, folder):
    command = (*BASE, "--lengths", 2, "--seeds", 2)
    assert bcb(*command, "--out", "one").code == 0
    line = [sys.executable, "-m", "bcb", *map(str, command), "--out", "two", "--workers", "2"]
    process = subprocess.Popen(line, env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL)
    while not list(folder.glob("two/runs/*/resume.pt")):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert bcb(*command, "--out", "two", "--workers", 2).code == 0
    assert rows("two") == rows("one")
    for cell in ("slotssm-earliest-2-seed0", "slotssm-earliest-2-seed1"):
        weights = [(folder / out / "runs" / cell / "model.safetensors").read_bytes() for out in ("one", "two")]
        assert weights[0] == weights[1]
        assert read_json(folder / "two/cells" / cell / "failed.json") is None

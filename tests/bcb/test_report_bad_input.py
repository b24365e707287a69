"""`bcb report` of folders and records that are not as ours are, and of stress folders with holes."""

import json
import shutil
from itertools import product
from pathlib import Path

import pytest

from bcb.report.curves import ACCURACY, curves, groups, names_of
from bcb.report.gather import gather
from tests.bcb.test_report import estimate, recorded, result, run, stressed

__all__ = ["run"]  # a fixture


def said(command: str) -> set[tuple]:
    """The (model, rule, test length, seed) that a command of bcb stress makes."""
    words = command.partition("  #")[0].split()[2:]
    options = dict(zip(words[::2], words[1::2], strict=True))
    axes = [options[f"--{name}"].split(",") for name in ("models", "rule", "test-lengths")]
    return set(product(*axes, map(str, range(int(options["--seeds"])))))


def test_commands_of_a_folder_with_holes_make_what_is_there_and_nothing_else(folder):
    stressed(folder / "s", models=("slotssm", "rim"), seeds=(0, 1, 2))
    stressed(folder / "t", models=("slotssm", "rim"), rules=("frequent",), seeds=(0,), tests=(4,))
    for path in (folder / "t/cells").iterdir():
        shutil.move(path, folder / "s/cells" / f"t-{path.name}")
    (folder / "s/cells/1-earliest-4-seed2/test-8.json").unlink()
    trials = gather(["s"], folder, 1).trials
    commands = {trial.command for trial in trials}
    there = {(t.model, t.rule, str(t.test_length), str(t.train_seed)) for t in trials}
    assert set().union(*map(said, commands)) == there
    assert len(commands) == 4  # slotssm and rim on earliest, twice for rim's hole; both on frequent


def test_seeds_that_no_command_can_say_are_said_beside_it(folder):
    stressed(folder / "s", models=("rim",), seeds=(0, 2))
    [command] = {trial.command for trial in gather(["s"], folder, 1).trials}
    assert command.endswith("--seeds 3 --init none --start none --out s  # only seeds 0,2 are shown")


def test_scores_of_two_splits_are_never_one_mean(folder):
    tested = recorded("a.json", result("frequent", 4, 0.5))
    fitted = recorded("b.json", result("frequent", 4, 0.9) | {"split": "train"})
    trials = gather([tested, fitted], folder, 1).trials
    found = [curves(group, ACCURACY, names_of(trials)) for group in groups(trials)]
    assert [[curve.points[0].text() for curve in some] for some in found] == [
        ["0.500 [0.450, 0.550]"],
        ["0.900 [0.850, 0.950]"],
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"versions": None},
        {"versions": ["torch"]},
        {"train": []},
        {"train": {}},
        {"data": {"init": ["earliest"]}},
        {"data": {"init": {"spec": []}}},
    ],
)
def test_a_run_whose_config_is_of_another_shape_is_one_line(bcb, folder, run, more):
    path = folder / run / "config.json"
    config = json.loads(path.read_text())
    data = config["data"] | more.get("data", {})
    path.write_text(json.dumps(config | more | {"data": data}))
    done = bcb("report", run, "-o", "r.html")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "config.json is damaged" in done.err


@pytest.mark.parametrize("last", ["", '{"step": 1}', '{"step": "many", "minutes": 1}', "[]"])
def test_a_run_whose_metrics_are_of_another_shape_is_one_line(bcb, folder, run, last):
    (folder / run / "metrics.jsonl").write_text(last)
    done = bcb("report", run, "-o", "r.html", "--test-episodes", 2, "--workers", 1)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "metrics.jsonl" in done.err


@pytest.mark.parametrize("text", ['{"model":', "{}", "[]", '{"result": null}'])
def test_a_kept_record_of_another_shape_is_named(bcb, folder, run, text):
    asked = ("report", run, "-o", "r.html", "--test-episodes", 2, "--kept", "kept", "--episodes", 0, "--no-latency")
    assert bcb(*asked).code == 0
    for path in (folder / "kept").iterdir():
        path.write_text(text)
    done = bcb(*asked)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "kept/run-" in done.err
    assert "delete it" in done.err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"parameters": -5}, "parameters is -5"),
        (
            {"results": [result("frequent", 4, 0.5) | {"context_frames": 10**400, "length": 10**400}]},
            "its lengths can't be",
        ),
    ],
)
def test_numbers_that_can_t_be_are_refused(bcb, more, says):
    Path("a.json").write_text(json.dumps({"model": "m", "results": [result("frequent", 4, 0.5)]} | more))
    done = bcb("report", "a.json", "-o", "r.html")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert says in done.err


def test_a_metric_that_no_float_can_hold_is_left_out(bcb):
    record = result("frequent", 4, 0.5)
    record["memory"]["metrics"]["effective_memory"] = estimate(3) | {"value": 10**400}
    done = bcb("report", recorded("a.json", record), "-o", "r.html", "--no-latency")
    assert done.code == 0, done.err


def test_what_lies_in_a_folder_that_is_read_is_not_written_over(bcb, folder):
    plan = stressed(folder / "s") / "plan.json"
    before = plan.read_text()
    done = bcb("report", "s", "-o", "s/plan.json", "--no-latency")
    assert (done.code, plan.read_text()) == (2, before)
    assert "s/plan.json is part of what is read" in done.err
    for _ in range(2):  # a page beside what it is of is made anew
        assert bcb("report", "s", "-o", "s/report.html", "--no-latency").code == 0


def test_a_page_that_is_no_text_is_named(bcb, folder):
    stressed(folder / "s")
    Path("mine.md").write_bytes(bytes([255, 254]))
    done = bcb("report", "s", "--markdown", "mine.md")
    assert (done.code, done.err) == (2, "Error: mine.md is not text in UTF-8; name a page that is\n")

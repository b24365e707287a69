"""records.csv: every number of every cell, one a row, made from the cells' JSON files.

    model, rule, train_length, test_length     whose number; lengths in steps
    train_seed, data_seed                      of the training; of the test episodes
    train_frames, test_frames, patches_per_side    what the lengths are made of
    parameters, steps, minutes                 of the training
    split, episodes, fingerprint               of the test data
    metric                                     painted_accuracy, by_age.3, memory.effective_memory,
                                               baselines.chance.painted_accuracy: whatever `bcb evaluate --json` has
                                               with a value and an interval, by the way to it
    value, low, high, n                        95 % interval over episodes, number of units scored; empty for n = 0
    error                                      why a cell failed: a row with that and no metric

Tidy (long) rather than wide, for not all tests have the same metrics: ages end where episodes do.
"""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bcb.stress.cell import keys_of, read_json
from slotssm.checkpoint import replace_file

COLUMNS = (
    *("model", "rule", "train_length", "test_length", "train_seed", "data_seed"),
    *("train_frames", "test_frames", "patches_per_side", "parameters", "steps", "minutes"),
    *("split", "episodes", "fingerprint", "metric", "value", "low", "high", "n", "error"),
)
ESTIMATE = {"value", "low", "high", "n"}


def scores_in(out: Path) -> list[dict[str, Any]]:
    """Every test in a stress folder: the columns that identify it, and "metrics", name → value, low, high, n."""
    return [test for folder in _folders(out) for test in _tests(folder)]


def failures_in(out: Path) -> list[dict[str, Any]]:
    """The cells that failed, and "error"."""
    found = []
    for path in (folder / "failed.json" for folder in _folders(out)):
        if failure := read_json(path):
            with keys_of(path):
                found.append(_whose(failure) | {"error": failure["error"]})
    return found


def write_records(out: Path) -> None:
    """Write records.csv anew, whole or not at all."""
    rows = sorted(_rows(out), key=lambda row: [_order(row.get(column)) for column in COLUMNS[:6]])

    def write(path: Path) -> None:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, COLUMNS, restval="")
            table.writeheader()
            table.writerows(rows)

    replace_file(out / "records.csv", write)


def _rows(out: Path) -> Iterator[dict[str, Any]]:
    for test in scores_in(out):
        whose = {key: value for key, value in test.items() if key != "metrics"}
        for metric, estimate in test["metrics"].items():
            yield whose | {"metric": metric} | estimate
    yield from failures_in(out)


def _folders(out: Path) -> list[Path]:
    return sorted(path for path in (out / "cells").glob("*") if path.is_dir())


def _tests(folder: Path) -> Iterator[dict[str, Any]]:
    if (trained := read_json(folder / "trained.json")) is None:
        return
    with keys_of(folder / "trained.json"):
        training = {key: trained[key] for key in ("patches_per_side", "parameters", "steps", "minutes")}
        training["train_frames"] = trained["context_frames"]
    for path in sorted(folder.glob("test-*.json")):
        if (test := read_json(path)) is None:
            continue
        with keys_of(path):
            result = test["result"]
            row = {
                **_whose(test),
                "test_length": test["test_length"],
                "data_seed": test["data_seed"],
                "test_frames": result["context_frames"],
                **training,
                **{key: result[key] for key in ("split", "episodes", "fingerprint")},
                "metrics": dict(estimates_in(result)),
            }
        yield row


def _whose(document: dict[str, Any]) -> dict[str, Any]:
    cell = document["cell"]
    return {
        "model": cell["model"],
        "rule": cell["rule"],
        "train_length": cell["length"],
        "train_seed": cell["seed"],
    }


def estimates_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that has a value and an interval, by the way to it, wherever a task's result may hold it."""
    if not isinstance(value, dict):
        return
    if value.keys() >= ESTIMATE:
        yield ".".join(path), {key: _number(value[key]) for key in ("value", "low", "high", "n")}
        return
    for key, inner in value.items():
        yield from estimates_in(inner, path if key == "metrics" else (*path, key))


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _order(value: Any) -> tuple[bool, Any]:
    """Failures, which have no test, come after the tests of their cell."""
    return value is None, "" if value is None else value

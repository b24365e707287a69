"""The matrix, for people."""

from dataclasses import asdict
from statistics import fmean
from typing import Any

import click

from bcb.output import print_json, print_table
from bcb.stress.estimate import CellTime
from bcb.stress.plan import Stress


def print_matrix(metric: str, stress: Stress, tests: list[dict[str, Any]], failed: list[dict[str, Any]]) -> None:
    """For every rule a table: models and training lengths down, test lengths across, seeds together."""
    found: dict[tuple, list[float]] = {}
    for test in tests:
        value = test["metrics"].get(metric, {}).get("value")
        if value is not None:
            key = (test["model"], test["rule"], test["train_length"], test["test_length"])
            found.setdefault(key, []).append(value)
    broken = {(f["model"], f["rule"], f["train_length"]) for f in failed}
    for rule in dict.fromkeys(cell.rule for cell in stress.cells):
        trainings = dict.fromkeys((cell.model, cell.length) for cell in stress.cells if cell.rule == rule)
        rows = []
        for model, length in sorted(trainings, key=list(trainings).index):
            missing = "failed" if (model, rule, length) in broken else "–"
            across = [_text(found.get((model, rule, length, test), []), missing) for test in stress.tests]
            rows.append([model, str(length), *across])
        print_table(f"rule {rule}: {metric}", ["model", "trained at", *(f"at {t}" for t in stress.tests)], rows)
    if (seeds := max((len(values) for values in found.values()), default=0)) > 1:
        click.echo(f"means over up to {seeds} training seeds, in brackets the lowest and the highest")


def _text(values: list[float], missing: str) -> str:
    if not values:
        return missing
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{fmean(values):.3f} [{min(values):.3f}, {max(values):.3f}]"


def print_estimate(stress: Stress, times: list[CellTime], workers: int | None, as_json: bool) -> None:
    """The cells, and how long they may take on this machine. workers: None for a cluster's, which nobody knows."""
    total = sum(time.seconds for time in times)
    if as_json:
        cells = [
            {**asdict(time.cell), "name": time.cell.name, "seconds": time.seconds, "how": time.how} for time in times
        ]
        print_json({"cells": cells, "test_lengths": list(stress.tests), "seconds": total, "workers": workers})
        return
    rows = [[time.cell.name, _duration(time.seconds), time.how] for time in times]
    print_table(
        f"{len(times)} cells, each tested at {', '.join(map(str, stress.tests))}", ["cell", "takes", "how known"], rows
    )
    tried = sum(time.how != "done" for time in times)
    if workers is None:
        click.echo(f"{tried} cells to go: about {_duration(total)} of one worker like this machine")
    else:
        longest = max((time.seconds for time in times), default=0)
        click.echo(f"{tried} cells to go: about {_duration(max(total / workers, longest))} with {workers} at a time")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"

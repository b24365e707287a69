"""Records of runs on scenes as tables for a page: a table for each task and dataset, sorted by what came out."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bcb.bench.tables import Table
from bcb.zoo.page import cell

Record = dict[str, Any]


@dataclass(frozen=True)
class Scored:
    """What a task's table shows: metrics and how they are written, the one that says who comes first, and of what."""

    metrics: dict[str, int]  # name → digits
    rank: str
    sign: int  # 1 where less is better, −1 where more is
    unit: str


SCORED = {
    "objects": Scored(
        dict.fromkeys(("fg_ari", "fg_ari_frame", "miou", "miou_frame"), 3), "fg_ari", -1, "maps of slots"
    ),
    "depth": Scored(
        {"mse_objects": 3, "abs_rel_objects": 4, "mse": 3, "abs_rel": 4, "delta": 4, "fg_ari": 3},
        "mse_objects",
        1,
        "errors of depth, in metres, over objects' pixels and over all, and FG-ARI of the slots that draw it",
    ),
    "snitch": Scored({"top1": 3, "top5": 3, "l1": 2}, "top1", -1, "where the snitch is at the end"),
}
PROBED = ("accuracy", "r2")


def scene_tables(records: list[Record]) -> list[Table]:
    """In the order of SCORED; after the table of a task, what the slots tell of their objects, where it was asked.

    A table is of the same episodes and as many slots: its baselines are scored on the same as its models.
    """

    def place(record: Record) -> tuple[int, str, int, int, str, str]:
        of = record["result"]
        task, slots = list(SCORED).index(of["task"]), of.get("slots") or 0
        return task, record["data"], -of["episodes"], slots, of["fingerprint"], of["split"]

    found = []
    for (index, data, episodes, slots, *_), some in groupby(sorted(records, key=place), place):
        task, group = list(SCORED)[index], list(some)
        scored = SCORED[task]
        group.sort(key=lambda record: _rank(record, scored))
        which = f"{-episodes} episodes" + (f", {slots} slots" if slots else "")
        found.append(_scores(f"`{data}`, task {task}: {scored.unit} ({which})", scored, group))
        if any(record["result"]["probes"] for record in group):
            found.append(_probes(f"`{data}`: what frozen slots tell of their objects ({which})", group))
    return found


def _scores(title: str, scored: Scored, group: list[Record]) -> Table:
    first = group[0]["result"]
    bins = [name for name, of in first["by_hidden"].items() if of.get("top1", {"n": 0})["n"]]
    hidden = [f"top1, hidden {name} frames (n = {first['by_hidden'][name]['top1']['n']})" for name in bins]
    columns = ["model", *scored.metrics, *hidden, "parameters", "training", "minutes", "seed"]
    rows = []
    for record in group:
        result = record["result"]
        cells = _cells(result["metrics"], scored)
        cells += [_cell(result["by_hidden"].get(name, {}), "top1", 3) for name in bins]
        rows.append([record["model"], *cells, *_about(record)])
    for name, found in first["baselines"].items():
        rows.append([f"*{name}*", *_cells(found, scored), *([""] * (len(bins) + 4))])
    return Table(title, columns, rows)


def _probes(title: str, group: list[Record]) -> Table:
    """Accuracies and R²; in the last row what one would score who knew only the commonest class, or the mean."""
    asked = next(record["result"]["probes"] for record in group if record["result"]["probes"])
    kinds = {of: kind for of, found in asked.items() for kind in PROBED if kind in found}
    columns = ["model", *(f"{of} ({'R²' if kind == 'r2' else kind})" for of, kind in kinds.items())]
    rows = [
        [record["model"], *(_cell(record["result"]["probes"].get(of, {}), kind, 3) for of, kind in kinds.items())]
        for record in group
        if record["result"]["probes"]
    ]
    prior = [_cell(asked[of], "prior", 3) if kind == "accuracy" else "0" for of, kind in kinds.items()]
    return Table(title, columns, [*rows, ["*prior*", *prior]])


def _rank(record: Record, scored: Scored) -> float:
    """The best first; where the data doesn't say how good (a video without masks), as they come."""
    found = record["result"]["metrics"].get(scored.rank)
    return scored.sign * (found["value"] or 0.0) if found else 0.0


def _cells(found: Record, scored: Scored) -> list[str]:
    return [_cell(found, of, digits) for of, digits in scored.metrics.items()]


def _cell(found: Record, of: str, digits: int) -> str:
    return cell(found[of], digits) if of in found else ""


def _about(record: Record) -> list[str]:
    """Parameters, training, minutes and seed; of a stranger's scores they may not be known."""
    parameters, steps, minutes, seed = (record.get(key) for key in ("parameters", "steps", "minutes", "seed"))
    rate = f" of {record['frames']} frames" if record.get("frames") else ""
    rate += f" at {record['lr']:g}" if record.get("lr") else ""
    after = f" after {record['start'][1]:,} of task {record['start'][0]}" if record.get("start") else ""
    return [
        "–" if parameters is None else f"{parameters:,}",
        "–" if steps is None else f"{steps:,} steps{rate}{after}",
        "–" if minutes is None else f"{minutes:.0f}",
        "–" if seed is None else str(seed),
    ]

"""The records as tables for a page, a table for each preset and rule, sorted by what came out."""

import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import groupby
from typing import Any

from bcb.bench.tables import Table
from bcb.presets import PRESETS
from bcb.zoo.entry import PACKAGES
from generators.rules import RULES

Record = dict[str, Any]
FRAMES = ("1", "5", "10", "20")  # of those that are predicted
# What PAPER §1 and §5 say came out, at the paper's own sizes and lengths.
PAPER_BLINKING = {
    "slotssm": "holds from 80 to 2560",
    "single": "well to 160, less beyond 320",
    "slotrnn": "well to 160, less beyond 320",
    "rim": "places balls, paints them white",
    "slottransformer": "well to 640, no memory beyond",
}
PAPER_VIDEO = {
    "slotssm": "1st",
    "slottransformer": "2nd",
    "rim": "3rd",
    "single": "after these",
    "single-split": "after these",
}


@dataclass(frozen=True)
class Group:
    """The records of one preset and rule: of every run those of all its lengths, ascending. The best run is first."""

    preset: str
    rule: str
    runs: list[list[Record]]

    @property
    def is_video(self) -> bool:
        return self.rule == "none"


def groups(records: list[Record]) -> list[Group]:
    """In the order of the presets and rules."""

    def place(record: Record) -> tuple[int, int]:
        return list(PRESETS).index(record["preset"]), list(RULES).index(record["result"]["rule"])

    found = []
    for (preset, rule), some in groupby(sorted(records, key=place), place):
        by_run: dict[Any, list[Record]] = {}
        for record in sorted(some, key=lambda r: r["result"]["length"]):
            by_run.setdefault((record["model"], record["seed"]), []).append(record)
        group = Group(list(PRESETS)[preset], list(RULES)[rule], list(by_run.values()))
        group.runs.sort(key=lambda run: _rank(run[0]["result"]["metrics"]))
        found.append(group)
    return found


def table(group: Group) -> Table:
    return _video_table(group) if group.is_video else _blinking_table(group)


def head(records: list[Record], command: str) -> str:
    """What was scored, when, with what: a paragraph of Markdown."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    episodes = sorted({f"{r['result']['episodes']}" for r in records})
    return (
        f"`{command}`, {date.today().isoformat()}; {versions}, Python {platform.python_version()}, one thread for each "
        f"run. The first {' or '.join(episodes)} episodes of the test split of seed 0. Training seeds: "
        f"{', '.join(sorted({str(r['seed']) for r in records}))}; trained with torch "
        f"{', '.join(sorted({r['torch'] for r in records}))}."
    )


def _blinking_table(group: Group) -> Table:
    lengths = [record["result"]["context_frames"] for record in group.runs[0]]
    columns = [f"{frames} frames" for frames in lengths]
    columns += ["foreground IoU" + (f" at {', '.join(map(str, lengths))}" if len(lengths) > 1 else "")]

    def scores(pick: Callable[[Record], Record], run: list[Record]) -> list[str]:
        found = [pick(record["result"]) for record in run]
        ious = ", ".join(f"{metrics['foreground_iou']['value']:.3f}" for metrics in found)
        return [*(cell(metrics["painted_accuracy"], 3) for metrics in found), ious]

    baselines = {
        name: scores(lambda result, name=name: result["baselines"][name], group.runs[0])
        for name in group.runs[0][0]["result"]["baselines"]
    }
    models = [scores(lambda result: result["metrics"], run) for run in group.runs]
    balls = ", ".join(str(record["result"]["metrics"]["painted_accuracy"]["n"]) for record in group.runs[0])
    title = f"`{group.preset}`, rule {group.rule}: painted_accuracy ({balls} painted balls)"
    return _table(title, columns, group, models, baselines, PAPER_BLINKING)


def _video_table(group: Group) -> Table:
    first = group.runs[0][0]["result"]
    columns = [f"all {first['predicted_frames']} frames", *(f"frame {frame}" for frame in FRAMES)]

    def scores(metrics: Record, by_frame: Record) -> list[str]:
        return [cell(metrics["mse"], 4), *(cell(by_frame[frame], 4) for frame in FRAMES)]

    baselines = {
        name: scores(first["baselines"][name], first["baselines_by_frame"][name]) for name in first["baselines"]
    }
    models = [scores(run[0]["result"]["metrics"], run[0]["result"]["by_frame"]) for run in group.runs]
    title = f"`{group.preset}`: MSE of predicted frames, {first['given_frames']} given"
    return _table(title, columns, group, models, baselines, PAPER_VIDEO)


def _table(title: str, columns: list[str], group: Group, models: list, baselines: dict, paper: dict) -> Table:
    """models: the cells of each run, for the columns.   baselines: name → theirs."""
    rows = []
    for [record, *_], cells in zip(group.runs, models, strict=True):
        steps = f"{record['steps']:,}" + (f" from {record['start']}" if record["start"] else "")
        about = [f"{record['parameters']:,}", steps, f"{record['minutes']:.0f}", str(record["seed"])]
        rows.append([record["model"], *cells, *about, paper.get(record["model"], "–")])
    rows += [[f"*{name}*", *cells, "", "", "", "", ""] for name, cells in baselines.items()]
    return Table(title, ["model", *columns, "parameters", "steps", "minutes", "seed", "in the paper"], rows)


def _rank(metrics: Record) -> float:
    """The best first."""
    return -metrics["painted_accuracy"]["value"] if "painted_accuracy" in metrics else metrics["mse"]["value"]


def cell(estimate: Record, digits: int) -> str:
    """A value and its interval; a dash where nothing could be scored."""
    if not estimate["n"] or estimate["value"] is None:
        return "–"
    value, low, high = (f"{estimate[key]:.{digits}f}" for key in ("value", "low", "high"))
    return value if low == high else f"{value} [{low}, {high}]"

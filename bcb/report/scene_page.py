"""The page of scenes: tables of scores, what runs draw, how they learned; one HTML file that needs nothing else."""

import json
import platform
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bcb.bench.tables import Table, write_marked
from bcb.names import for_markdown
from bcb.report.chart import Chart, Dot, Line, inline, looks
from bcb.report.markdown import MARK, replace_text
from bcb.report.page import HERE, PACKAGES, command
from bcb.zoo.scene_page import scene_tables

Record = dict[str, Any]
LEARNED = 24  # points of a learning curve, at most


def scenes_page(records: list[Record], title: str, drawn: list[dict[str, Any]]) -> str:
    """The HTML. drawn: of `scene_pictures.pictures`. All that strangers may have named is escaped by jinja2."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    env = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    names = names_of_runs(records)
    charts = learning_charts(records)
    look = looks([line.name for chart in charts for line in chart.lines])
    text = env.get_template("scenes.html.j2").render(
        title=title,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        episodes=_episodes(records),
        date=date.today().isoformat(),
        command=command(),
        tables=[_for_html(table) for table in scene_tables(records)],
        drawn=[{**of, "name": names[id(of["record"])]} for of in drawn],
        learned=[Markup(inline(chart, look)) for chart in charts],
        records=[{**record, "name": names[id(record)]} for record in records],
        versions={package: version(package) for package in PACKAGES} | {"python": platform.python_version()},
    )
    return text.lstrip()


def write_scenes_markdown(path: Path, records: list[Record]) -> None:
    """The tables, between the marks of a file that is there (`check_markdown` has asked) or in a new one."""
    escaped = [record | {"model": for_markdown(record["model"])} for record in records]
    text = "\n\n".join([provenance(records), *(table.markdown() for table in scene_tables(escaped))])
    if path.exists():
        write_marked(path, MARK, text)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, f"<!-- {MARK} -->\n\n{text}\n\n<!-- end of {MARK} -->\n")


def provenance(records: list[Record]) -> str:
    """One paragraph: made by which command, when, with what, of how many episodes."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"`{command()}`, {date.today().isoformat()}; {versions}, Python {platform.python_version()}. "
        f"{_episodes(records)} test episodes. Brackets are 95 % bootstrap intervals over them, which know nothing of "
        "the chance of training."
    )


def _episodes(records: list[Record]) -> str:
    return " or ".join(f"{n:,}" for n in sorted({record["result"]["episodes"] for record in records}))


def names_of_runs(records: list[Record]) -> dict[int, str]:
    """The id of each record → model, and what tells it from the others: was it pre-trained, at which rate, its seed."""
    several = len({record.get("seed") for record in records} - {None}) > 1
    rates = {(record["result"]["task"], record.get("lr")) for record in records if record.get("lr")}
    twice = {task for task, _ in rates if sum(task == other for other, _ in rates) > 1}
    return {
        id(record): record["model"]
        + (", pre-trained" if record.get("start") else "")
        + (f", lr {record['lr']:g}" if record["result"]["task"] in twice and record.get("lr") else "")
        + (f", seed {record['seed']}" if several and record.get("seed") is not None else "")
        for record in records
    }


def learning_charts(records: list[Record]) -> list[Chart]:
    """Validation loss against steps, a chart for each task and dataset whose runs are here."""
    names, groups = names_of_runs(records), {}
    for record in records:
        if record.get("run"):
            dots = _learned(record["run"] / "metrics.jsonl", names[id(record)])
            if dots:
                key = (record["data"], record["result"]["task"])
                groups.setdefault(key, []).append(Line(names[id(record)], dots))
    charts = []
    for (data, task), lines in groups.items():
        steps = sorted({int(dot.x) for line in lines for dot in line.dots})
        ticks = [2**k for k in range(steps[0].bit_length(), steps[-1].bit_length()) if 2**k < steps[-1]]
        top = max(dot.y for line in lines for dot in line.dots)
        charts.append(Chart(f"{data}, task {task}: validation loss", "steps", "", lines, [*ticks, steps[-1]], top))
    return charts


def _learned(path: Path, name: str) -> list[Dot]:
    """Validation losses by step, thinned; none where the file can't be read."""
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        points = [(int(row["step"]), float(row["val_loss"])) for row in rows if row.get("val_loss") is not None]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    points = [(step, loss) for step, loss in points if step > 0 and 0 < loss < 1e18]
    every = -(-len(points) // LEARNED) or 1
    return [
        Dot(step, loss, loss, loss, label=f"{name}, step {step}: {loss:.4g}") for step, loss in points[::-every][::-1]
    ]


def _for_html(table: Table) -> dict[str, Any]:
    """A table without Markdown's marks; baselines are told from models."""
    rows = [{"base": row[0].startswith("*"), "cells": [row[0].strip("*"), *row[1:]]} for row in table.rows]
    return {"title": table.title.replace("`", ""), "columns": table.columns, "rows": rows}

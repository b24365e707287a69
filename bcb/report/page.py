"""The page: one HTML file that needs nothing else, from what was gathered, measured and recorded to be played."""

import base64
import hashlib
import platform
import shlex
import sys
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bcb.report.chart import inline, looks
from bcb.report.cost import Cost
from bcb.report.curves import ACCURACY, BASELINES, MEMORY, SHARE, Curve, Group, baseline, curves, groups, names_of
from bcb.report.figures import accuracy_chart, age_chart, memory_chart, share_chart
from bcb.report.gather import Gathered

HERE = Path(__file__).parent
PACKAGES = ("bcb", "torch", "numpy")


@dataclass(frozen=True)
class Extras:
    """What else a page may have.   costs: of models.   machine: that they were measured on.   player: see `player`."""

    costs: list[Cost] = field(default_factory=list)
    machine: dict[str, Any] = field(default_factory=dict)
    player: dict[str, Any] | None = None


def provenance(gathered: Gathered) -> str:
    """One paragraph: made by which command, when, with what, of which episodes."""
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    episodes = " or ".join(sorted({f"{t.episodes:,}" for t in gathered.trials}))
    several = len({t.training for t in gathered.trials}) > len({t.training[:-1] for t in gathered.trials})
    one = "95 % bootstrap intervals over test episodes, which know nothing of the chance of training"
    how = f"One training seed each; in brackets {one}."
    if several:
        how = f"Means over training seeds, in brackets the lowest and the highest; of a single seed, {one}."
    return (
        f"`{command()}`, {date.today().isoformat()}; {versions}, Python {platform.python_version()}. "
        f"{episodes} test episodes at each length. {how}"
    )


def command() -> str:
    """As it was typed."""
    return shlex.join(["bcb", *sys.argv[1:]])


def page(gathered: Gathered, title: str, extras: Extras) -> str:
    """The HTML. All that strangers may have named is escaped: by jinja2, by the charts, and in the player's JSON."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    env = Environment(loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    names = names_of(gathered.trials)
    look = looks(list(names.values()))
    found = groups(gathered.trials)
    script = (HERE / "player.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    def draw(charts) -> list[Markup]:
        return [Markup(inline(chart, look)) for chart in charts if chart.lines]

    text = env.get_template("page.html.j2").render(
        title=title,
        style=Markup((HERE / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=digest,
        summary=_summary(gathered, found),
        date=date.today().isoformat(),
        command=command(),
        accuracy=draw(accuracy_chart(group, names) for group in found),
        dark=[group.title for group in found if group.ends_dark],
        memory=draw(memory_chart(group, names) for group in found),
        share=draw(share_chart(group, names) for group in found),
        ages=draw(age_chart(group, names, frames) for group in found for frames in group.frames),
        accuracy_tables=[_shaded(group, ACCURACY, names, 1.0, 3) for group in found],
        memory_tables=[t for group in found if (t := _shaded(group, MEMORY, names, None, 1))["rows"]],
        share_tables=[t for group in found if (t := _shaded(group, SHARE, names, 1.0, 3))["rows"]],
        evaluations=[_commands(group) for group in found],
        extras=extras,
        costs=_costs(extras.costs),
        several=any(name != model for (model, _), name in names.items()),
        data=_data(gathered),
        trainings=_trainings(gathered),
        notes=gathered.notes,
        failed=gathered.failed,
        versions={package: version(package) for package in PACKAGES} | {"python": platform.python_version()},
    )
    return text.lstrip()


def _summary(gathered: Gathered, found: list[Group]) -> dict[str, Any]:
    trials = gathered.trials
    return {
        "models": len({t.model for t in trials}),
        "rules": list(dict.fromkeys(group.rule for group in found)),
        "data": list(dict.fromkeys(group.data for group in found)),
        "frames": sorted({t.test_frames for t in trials}),
        "trainings": len({t.training for t in trials}),
        "episodes": sorted({t.episodes for t in trials}),
    }


def _shaded(group: Group, metric: str, names: dict[tuple, str], top: float | None, digits: int) -> dict[str, Any]:
    """A table of test lengths across and trainings down. A cell: its text, and how dark it is, from 0 to 1."""

    def cells(curve: Curve) -> list[dict[str, Any] | None]:
        points = [curve.at(frames) for frames in group.frames]
        return [
            p and {"text": p.text(digits), "shade": round(min(1.0, max(0.0, p.value / (top or p.frames))), 3),
                   "trained": p.frames == curve.train_frames}
            for p in points
        ]  # fmt: skip

    mine = curves(group, metric, names)
    base = [c for name in BASELINES if (c := baseline(group, name, metric))]
    if metric != ACCURACY:
        base = [curve for curve in base if curve.name == "oracle"]
    return {
        "title": group.title,
        "frames": group.frames,
        "rows": [
            {"name": c.model, "trained": c.train_frames, "seeds": c.seeds, "cells": cells(c), "base": False}
            for c in mine
        ],
        "base": [{"name": c.name, "cells": cells(c)} for c in base],
    }


def _commands(group: Group) -> dict[str, Any]:
    return {"title": group.title, "commands": list(dict.fromkeys(t.command for t in group.trials if t.command))}


def _costs(costs: list[Cost]) -> dict[str, Any]:
    """A row for each model, with its costs after the fewest frames and after the most."""
    frames = sorted({cost.frames for cost in costs})
    rows: dict[tuple, dict[str, Any]] = {}
    for cost in costs:
        row = rows.setdefault((cost.data, cost.model, cost.train_frames), {"first": cost, "after": {}})
        row["after"][cost.frames] = cost
    return {"frames": frames, "rows": list(rows.values()), "several": len({cost.data for cost in costs}) > 1}


def _data(gathered: Gathered) -> list[dict[str, Any]]:
    """Every set of test episodes."""
    rows: dict[tuple, dict[str, Any]] = {}
    for t in gathered.trials:
        key = (t.data, t.rule, t.test_length, t.fingerprint, t.episodes, t.split)
        rows.setdefault(key, {"trial": t})
    order = sorted(rows, key=lambda key: (key[0], key[1], key[2]))
    return [rows[key]["trial"].__dict__ for key in order]


def _trainings(gathered: Gathered) -> list[dict[str, Any]]:
    """Every training, once."""
    first = {t.training: t for t in reversed(gathered.trials)}
    keys = dict.fromkeys(t.training for t in gathered.trials)
    return [first[key].__dict__ for key in keys]

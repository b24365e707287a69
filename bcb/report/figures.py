"""The figures of a report: which curves, on which axes."""

from collections.abc import Sequence

from bcb.report.chart import Chart, Dot, Line, Reference, figure, looks
from bcb.report.curves import (
    ACCURACY,
    BASELINES,
    MEMORY,
    SHARE,
    Curve,
    Group,
    Point,
    ages,
    baseline,
    curves,
    groups,
    names_of,
)
from bcb.report.trial import Trial

CONTEXT = "context frames"
AGES = (1, 2, 3, 4, 6, 8, 11, 16, *(round(16 * 2 ** (i / 2)) for i in range(1, 20)))  # where bins of ages begin
LEAST = 30  # balls of a bin; fewer say nothing


def accuracy_figure(trials: Sequence[Trial]) -> str:
    """Accuracy against length as an SVG file, a chart for each kind of data and rule, side by side."""
    names = names_of(trials)
    charts = [accuracy_chart(group, names) for group in groups(trials)]
    return figure([chart for chart in charts if chart.lines], looks(list(names.values())))


def accuracy_chart(group: Group, names: dict[tuple, str]) -> Chart:
    return _against_length(group, names, ACCURACY, ACCURACY, 1.0)


def memory_chart(group: Group, names: dict[tuple, str]) -> Chart:
    """In frames, below what the oracle has: all of them, or fewer where fewer tell all."""
    return _against_length(group, names, MEMORY, "effective memory, frames", float(max(group.frames)))


def share_chart(group: Group, names: dict[tuple, str]) -> Chart:
    return _against_length(group, names, SHARE, "share of the length", 1.0)


def age_chart(group: Group, names: dict[tuple, str], frames: int) -> Chart:
    """At one length; ages in bins that double. Intervals would need the episodes, and are left to the records."""
    edges = [edge for edge in AGES if edge <= frames] + [frames + 1]
    here = [trial for trial in group.trials if trial.test_frames == frames]
    lines = []
    for (model, trained), name in names.items():
        points = ages([t for t in here if (t.model, t.train_frames) == (model, trained)], edges)
        dots = [_age_dot(name, p, edges) for p in points if p.seeds[0]["n"] >= LEAST]
        lines += [Line(name, dots)] if dots else []
    ticks = sorted({int(dot.x) for line in lines for dot in line.dots}) or [1]
    chance = baseline(Group(group.data, group.rule, here), "chance", ACCURACY)
    references = [Reference("chance", [(tick, chance.points[0].value) for tick in ticks])] if chance else []
    title = f"{group.rule}, {frames} frames of context"
    return Chart(title, "age of the evidence, frames, from … on", ACCURACY, lines, ticks, references=references)


def _age_dot(name: str, point: Point, edges: list[int]) -> Dot:
    last = edges[edges.index(point.frames) + 1] - 1
    when = f"{point.frames}" if last == point.frames else f"{point.frames} to {last}"
    label = f"{name}, {when} frames ago: {point.value:.3f} ({point.seeds[0]['n']} balls)"
    return Dot(point.frames, point.value, point.value, point.value, label=label)


def _against_length(group: Group, names: dict[tuple, str], metric: str, y: str, top: float) -> Chart:
    references = [
        Reference(name, [(p.frames, p.value) for p in found.points])
        for name in BASELINES
        if (found := baseline(group, name, metric)) and not (metric != ACCURACY and name != "oracle")
    ]
    lines = [_line(curve) for curve in curves(group, metric, names)]
    trained = tuple(group.train_frames) if len(group.train_frames) == 1 else ()
    return Chart(group.title, CONTEXT, y, lines, group.frames, top, references, trained)


def _line(curve: Curve) -> Line:
    dots = []
    for point in curve.points:
        each = tuple(e["value"] for e in point.seeds) if len(point.seeds) > 1 else ()
        label = f"{curve.name} at {point.frames} frames: {point.text()}"
        dots.append(Dot(point.frames, point.value, *point.ends, each=each, label=label))
    return Line(curve.name, dots)

"""A chart as SVG text: lines over a logarithmic axis of frames, with intervals, references and names at their ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from bcb.bench.figure import COLOURS

WIDTH, HEIGHT = 450, 310  # of a chart with its axes
LEFT, RIGHT, TOP, BOTTOM = 44, 144, 34, 56  # around what is drawn
GAP = 14  # between two names
DODGE = 2.4  # pixels that lines are moved apart, for their intervals to be seen
GREY = "#767676"  # reads on white and on black alike
# Each a form, too, for whoever can't tell the colours; centred at 0, 0.
MARKERS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.6-3.6h7.2v7.2h-7.2z",
    "M0-5L5 0 0 5-5 0z",
    "M0-4.8L4.6 3.6h-9.2z",
    "M0 4.8L4.6-3.6h-9.2z",
    "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    "M0-5l1.6 3.2 3.5.4-2.6 2.4.7 3.5L0 2.8-3.2 4.5l.7-3.5-2.6-2.4 3.5-.4z",
    "M-4.5-2.2h9v4.4h-9z",
)
STYLE = (
    f"text{{font:12px system-ui,sans-serif;fill:{GREY}}}.title{{font-weight:600}}.small{{font-size:10px}}"
    f".grid{{stroke:#8884;fill:none}}"
    f".ref{{stroke:{GREY};stroke-dasharray:4 3;fill:none}}.trained{{stroke:#8888;stroke-dasharray:1 3}}"
)


@dataclass(frozen=True)
class Dot:
    """A point of a line.   low, high: its interval, drawn where it is one.   each: small dots, of the seeds."""

    x: float
    y: float
    low: float
    high: float
    each: tuple[float, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Line:
    name: str
    dots: list[Dot]


@dataclass(frozen=True)
class Reference:
    """A dashed line, such as what the oracle has."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """x: log2, with a tick at each of `ticks`.   top: of the y axis, which begins at 0.   trained: frames, marked."""

    title: str
    x: str
    y: str
    lines: list[Line]
    ticks: list[int]
    top: float = 1.0
    references: list[Reference] = field(default_factory=list)
    trained: tuple[int, ...] = ()


Look = tuple[str, str]  # colour, marker


def looks(names: Sequence[str]) -> dict[str, Look]:
    """A colour and a marker for each name; together they tell many more than there are colours."""
    n = len(COLOURS)
    return {name: (COLOURS[i % n], MARKERS[(i + i // n) % len(MARKERS)]) for i, name in enumerate(dict.fromkeys(names))}


def figure(charts: Sequence[Chart], look: dict[str, Look]) -> str:
    """Charts side by side as an SVG file of its own, whose colours read on light and on dark."""
    width = WIDTH * max(1, len(charts))
    parts = [f'<g transform="translate({WIDTH * i} 0)">{drawn(c, look)}</g>' for i, c in enumerate(charts)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>\n"])


def inline(chart: Chart, look: dict[str, Look]) -> str:
    """A chart as part of a page, which styles its text."""
    name = escape(f"{chart.title}: {chart.y} against {chart.x}")
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{name}">\n{drawn(chart, look)}\n</svg>'


def drawn(chart: Chart, look: dict[str, Look]) -> str:
    """What is inside of the SVG."""
    plot = _Plot(chart)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [_text(LEFT, 18, chart.title, "start", "title"), _text((LEFT + right) / 2, HEIGHT - 8, chart.x, "middle")]
    turned = _text(0, 0, chart.y, "middle")
    parts.append(f'<g transform="translate(11 {(TOP + bottom) / 2:.0f}) rotate(-90)">{turned}</g>')
    for tick in _round_ticks(chart.top):
        y = plot.y(tick)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>{_text(LEFT - 6, y + 4, f"{tick:g}", "end")}')
    for tick in chart.ticks:
        x = plot.x(tick)
        parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>{_text(x, bottom + 16, f"{tick:g}", "middle")}')
    for frames in chart.trained:
        x = plot.x(frames)
        parts.append(f'<path class="trained" d="M{x:.1f} {TOP}V{bottom}"/>')
        parts.append(_text(x, bottom + 28, "trained", "middle", "small"))
    ends: list[tuple[float, float, str, Look | None]] = []
    for reference in chart.references:
        points = [(plot.x(x), plot.y(y)) for x, y in reference.points]
        if len(points) == 1:
            points = [(float(LEFT), points[0][1]), (float(right), points[0][1])]
        parts.append(f'<path class="ref" d="{_path(points)}"/>')
        ends.append((points[-1][0], points[-1][1], reference.name, None))
    for i, line in enumerate(chart.lines):
        shift = (i - (len(chart.lines) - 1) / 2) * DODGE
        parts.append(_line(line, plot, shift, look[line.name]))
        ends.append((plot.x(line.dots[-1].x) + shift, plot.y(line.dots[-1].y), line.name, look[line.name]))
    parts += _names(ends, right)
    return "\n".join(parts)


class _Plot:
    """From numbers to pixels."""

    def __init__(self, chart: Chart):
        xs = [*chart.ticks, *chart.trained]
        self.low, self.high, self.top = math.log2(min(xs)), math.log2(max(xs)), chart.top

    def x(self, frames: float) -> float:
        room = 16  # for the dodge
        across = (math.log2(frames) - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return LEFT + room + across * (WIDTH - RIGHT - LEFT - 2 * room)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / self.top * (HEIGHT - BOTTOM - TOP)


def _line(line: Line, plot: _Plot, shift: float, look: Look) -> str:
    colour, marker = look
    points = [(plot.x(dot.x) + shift, plot.y(dot.y)) for dot in line.dots]
    parts = [f'<path d="{_path(points)}" fill="none" stroke="{colour}" stroke-width="1.6"/>']
    for (x, y), dot in zip(points, line.dots, strict=True):
        title = f"<title>{escape(dot.label)}</title>" if dot.label else ""
        if dot.high > dot.low and not dot.each:
            low, high = plot.y(dot.low), plot.y(dot.high)
            caps = f"M{x - 3:.1f} {low:.1f}h6m-3 0V{high:.1f}m-3 0h6"
            parts.append(f'<path d="{caps}" fill="none" stroke="{colour}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{plot.y(y):.1f}" r="1.8" fill="{colour}" opacity=".7"/>' for y in dot.each]
        parts.append(
            f'<path transform="translate({x:.1f} {y:.1f}) scale(.85)" d="{marker}" fill="{colour}">{title}</path>'
        )
    return "\n".join(parts)


def _names(ends: list[tuple[float, float, str, Look | None]], right: float) -> list[str]:
    """Beside their lines' ends, as near as they can be without lying over each other."""
    ends = sorted(ends, key=lambda end: end[1])
    parts = []
    for (x, y, name, look), at in zip(ends, _spread([end[1] for end in ends]), strict=True):
        lead = f'd="M{x + 6:.1f} {y:.1f}L{right + 8} {at:.1f}" fill="none"'
        if look:
            parts.append(f'<path {lead} stroke="{look[0]}" opacity=".4"/>')
            parts.append(
                f'<path transform="translate({right + 14} {at:.1f}) scale(.8)" d="{look[1]}" fill="{look[0]}"/>'
            )
        else:
            parts.append(f'<path {lead} stroke="{GREY}" opacity=".4"/>')
        shown = name if len(name) <= 20 else name[:19] + "…"
        parts.append(f"<g>{_text(right + 22, at + 4, shown, 'start')}<title>{escape(name)}</title></g>")
    return parts


def _spread(wanted: list[float]) -> list[float]:
    """Heights GAP apart or more, in the same order, that are as near to those wanted (ascending) as can be."""
    blocks: list[list[float]] = []  # pooled neighbours: [sum of what they want less their place in line, how many]
    for i, y in enumerate(wanted):
        blocks.append([y - i * GAP, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] >= blocks[-1][0] / blocks[-1][1]:
            total, count = blocks.pop()
            blocks[-1][0] += total
            blocks[-1][1] += count
    free = [total / count for total, count in blocks for _ in range(int(count))]
    highest = HEIGHT - 8 - (len(wanted) - 1) * GAP
    return [max(TOP - 16, min(base, highest)) + i * GAP for i, base in enumerate(free)]


def _round_ticks(top: float) -> list[float]:
    """Five or so, at round numbers."""
    rough = top / 5
    unit = 10 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 2.5, 5, 10) if unit * m >= rough * 0.999)
    return [step * i for i in range(math.floor(top / step + 1e-9) + 1)]


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    about = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{about}>{escape(text)}</text>'

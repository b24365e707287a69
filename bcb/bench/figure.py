"""Curves over two logarithmic axes, as an SVG: text that any browser draws, in light and in dark, without a package."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 460, 360  # of a panel with its axes
LEFT, RIGHT, TOP, BOTTOM = 64, 28, 36, 48  # around what is drawn
LEGEND = 18  # pixels of one line of the legend, below
NAME = 136  # pixels that a name takes there
ACROSS = 2  # panels side by side
# mostly Okabe and Ito's, which look different to everyone; black is left to the text
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a00", "#8c564b")
STYLE = (
    "text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.grid{stroke:#8884;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}}"
)


@dataclass(frozen=True)
class Line:
    """points: (x, y), all above 0."""

    name: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    title: str
    x: str
    y: str
    lines: list[Line]


def write_svg(path: Path, panels: Sequence[Panel]) -> None:
    """The panels, two side by side, above the names of their lines; a name has one colour in all of them."""
    path.write_text(svg(panels), encoding="utf-8")


def svg(panels: Sequence[Panel]) -> str:
    names = list(dict.fromkeys(line.name for panel in panels for line in panel.lines))
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    across, down = min(ACROSS, len(panels)), math.ceil(len(panels) / ACROSS)
    width, bottom = WIDTH * across, HEIGHT * down
    per_row = (width - LEFT) // NAME
    height = bottom + LEGEND * (1 + math.ceil(len(names) / per_row))
    body = [_panel(panel, colours, WIDTH * (i % across), HEIGHT * (i // across)) for i, panel in enumerate(panels)]
    for i, (name, colour) in enumerate(colours.items()):
        x, y = LEFT + (i % per_row) * NAME, bottom + LEGEND * (1 + i // per_row)
        body.append(f'<path d="M{x} {y - 4}h22" stroke="{colour}" stroke-width="2"/>' + _text(x + 28, y, name, "start"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *body, "</svg>\n"])


def _panel(panel: Panel, colours: dict[str, str], left: int, top: int) -> str:
    points = [point for line in panel.lines for point in line.points]
    parts = [_text(WIDTH / 2, 18, panel.title, "middle", "title"), _text(WIDTH / 2, HEIGHT - 8, panel.x, "middle")]
    parts.append(f'<g transform="translate(14 {HEIGHT / 2}) rotate(-90)">{_text(0, 0, panel.y, "middle")}</g>')
    if points:
        across = _Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
        up = _Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
        for tick, x in across.ticks():
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
            parts.append(_text(x, HEIGHT - BOTTOM + 16, tick, "middle"))
        for tick, y in up.ticks():
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(_text(LEFT - 6, y + 4, tick, "end"))
        for line in panel.lines:
            parts.append(_line([(across.at(x), up.at(y)) for x, y in sorted(line.points)], colours[line.name]))
    return f'<g transform="translate({left} {top})">\n' + "\n".join(parts) + "\n</g>"


class _Axis:
    """From numbers to pixels; ticks at powers of ten, and at 2 and 5 times those where there are few."""

    def __init__(self, values: list[float], start: float, stop: float):
        self.start, self.stop = start, stop
        self.low, self.high = math.log10(min(values)) - 0.05, math.log10(max(values)) + 0.05

    def at(self, value: float) -> float:
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.stop - self.start)

    def ticks(self) -> list[tuple[str, float]]:
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        leading = (1,) if self.high - self.low > 2.5 else (1, 2, 5)
        values = [digit * 10.0**power for power in powers for digit in leading]
        return [(f"{v:,.10g}", self.at(v)) for v in values if self.low <= math.log10(v) <= self.high]


def _line(points: list[tuple[float, float]], colour: str) -> str:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    about = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{about}>{escape(text)}</text>'

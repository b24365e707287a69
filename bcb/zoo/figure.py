"""Accuracy of every model at every length, with intervals, as an SVG whose colours show on light and on dark."""

from html import escape

from bcb.bench.figure import COLOURS
from bcb.zoo.page import Group

WIDTH, LEFT, RIGHT, TOP, ROW, BOTTOM = 460, 116, 24, 40, 30, 40
APART = 6  # pixels between two lengths of a row
# By length; each a form, too, for whoever can't tell the colours. Centred at 0, 0.
MARKS = ("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "M-4 -4h8v8h-8z", "M0 -5.5L5.5 0L0 5.5L-5.5 0z")
GREY = "#767676"  # reads on white and on black alike
STYLE = (
    f"text{{font:12px sans-serif;fill:{GREY}}}.title{{font-weight:bold}}.grid{{stroke:#8885}}"
    f".chance{{stroke:{GREY};stroke-dasharray:4 3}}"
)


def svg(groups: list[Group]) -> str:
    """A panel for each group, side by side, over one legend."""
    rows = max(len(group.runs) for group in groups)
    width, legend = WIDTH * len(groups), TOP + ROW * rows + BOTTOM + 16
    body = [_panel(group, WIDTH * i, rows) for i, group in enumerate(groups)]
    frames = [record["result"]["context_frames"] for record in groups[0].runs[0]]
    for i, count in enumerate(frames):
        x = LEFT + 190 * i
        body += [_mark(x, legend - 4, i), _text(x + 12, legend, f"{count} frames" + " (as trained)" * (not i), "start")]
    x = LEFT + 190 * len(frames)
    body += [f'<path class="chance" d="M{x - 6} {legend - 4}h20"/>', _text(x + 20, legend, "chance", "start")]
    size = f'viewBox="0 0 {width} {legend + 12}" width="{width}" height="{legend + 12}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", *body, "</svg>\n"])


def _panel(group: Group, left: int, rows: int) -> str:
    bottom = TOP + ROW * rows
    parts = [_text((LEFT + WIDTH - RIGHT) / 2, 20, f"{group.preset}, rule {group.rule}", "middle", "title")]
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(f'<path class="grid" d="M{_at(tick):.1f} {TOP}V{bottom}"/>')
        parts.append(_text(_at(tick), bottom + 16, f"{tick:g}", "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 34, "painted_accuracy, 95 % intervals", "middle"))
    chance = group.runs[0][0]["result"]["baselines"]["chance"]["painted_accuracy"]["value"]
    parts.append(f'<path class="chance" d="M{_at(chance):.1f} {TOP}V{bottom}"/>')
    for row, run in enumerate(group.runs):
        middle = TOP + ROW * (row + 0.5)
        parts.append(_text(LEFT - 10, middle + 4, run[0]["model"], "end"))
        for i, record in enumerate(run):
            e, y = record["result"]["metrics"]["painted_accuracy"], middle + APART * (i - (len(run) - 1) / 2)
            parts.append(f'<path d="M{_at(e["low"]):.1f} {y:.1f}H{_at(e["high"]):.1f}" stroke="{COLOURS[i]}"/>')
            parts.append(_mark(_at(e["value"]), y, i))
    return f'<g transform="translate({left} 0)">\n' + "\n".join(parts) + "\n</g>"


def _at(value: float) -> float:
    return LEFT + value * (WIDTH - LEFT - RIGHT)


def _mark(x: float, y: float, i: int) -> str:
    return f'<path transform="translate({x:.1f} {y:.1f})" d="{MARKS[i]}" fill="{COLOURS[i]}"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    about = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{about}>{escape(text)}</text>'

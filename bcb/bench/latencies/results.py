"""The records of a run as a JSON document, as tables, and as a figure."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bcb.bench.figure import Line, Panel
from bcb.bench.latencies.rounds import AT_ONCE, ONE_MORE, Record
from bcb.bench.tables import Table
from bcb.output import size_text


def document(records: list[Record], skipped: dict[str, str]) -> dict[str, Any]:
    """What was measured, in plain values. skipped: models that can't be built at these sizes, and why."""
    return {
        "skipped": skipped,
        "runs": [
            {"model": r.model, "parameters": r.parameters, "what": r.what, "length": r.length}
            | {"milliseconds": asdict(r.milliseconds) if r.seconds else None, "left_out": r.left_out}
            | {"peak_growth" if r.what == AT_ONCE else "state_bytes": r.bytes}
            for r in records
        ],
    }


def tables(records: list[Record]) -> list[Table]:
    whole, one = ([r for r in records if r.what == what] for what in (AT_ONCE, ONE_MORE))
    return [
        _table("L steps at once: milliseconds", whole, lambda r: str(r.milliseconds)),
        _table("L steps at once: peak memory", whole, lambda r: _size(r.bytes)),
        _table("One more step after L: milliseconds", one, lambda r: str(r.milliseconds)),
        _table("One more step after L: the state", one, lambda r: _size(r.bytes)),
    ]


def panels(records: list[Record]) -> list[Panel]:
    """As the paper's Fig. 5b: time and memory against the length."""
    found = []
    for what, time, memory in (
        (AT_ONCE, "L steps at once", "peak memory of L steps at once"),
        (ONE_MORE, "one more step after L", "state after L steps"),
    ):
        here = [r for r in records if r.what == what]
        found.append(_panel(time, "milliseconds", here, lambda r: r.milliseconds.median))
        found.append(_panel(memory, "MiB", here, lambda r: (r.bytes or 0) / 2**20))
    return found


def _table(title: str, records: list[Record], cell: Callable[[Record], str]) -> Table:
    lengths = list(dict.fromkeys(r.length for r in records))
    rows: dict[str, list[str]] = {}
    for r in records:
        first = [r.model, f"{r.parameters:,}"]
        rows.setdefault(r.model, first).append(cell(r) if r.seconds else f"left out: {r.left_out}")
    return Table(title, ["model", "parameters", *(f"L = {length:,}" for length in lengths)], list(rows.values()))


def _panel(title: str, y: str, records: list[Record], value: Callable[[Record], float]) -> Panel:
    lines: dict[str, list[tuple[float, float]]] = {}
    for r in records:
        if r.seconds and value(r) > 0:
            lines.setdefault(r.model, []).append((r.length, value(r)))
    return Panel(title, "length L", y, [Line(model, points) for model, points in lines.items()])


def _size(count: int | None) -> str:
    return "–" if count is None else size_text(count)

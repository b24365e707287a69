"""The records of a run as a JSON document, and as tables."""

from dataclasses import asdict
from typing import Any

from bcb.bench.making.rounds import Record, ratio
from bcb.bench.tables import Table
from bcb.output import size_text

# (above, below) → what the first is to be times the second, by frames; on one worker each
GOALS: dict[tuple[str, str], dict[int, float]] = {
    ("ours", "plain"): {11: 15.0, 640: 15.0},
    ("ours", "bare"): {640: 1.0},
    ("pictures", "mujoco-all"): {},
    ("pictures", "mujoco-rgb"): {},
    ("store", "pictures"): {},
}
SCALING_GOAL = 0.9  # of perfect: two workers 1.8 times one


def document(records: list[Record]) -> dict[str, Any]:
    """What was measured, in plain values."""
    return {
        "runs": [
            asdict(r.case)
            | {"frames_per_second": asdict(r.rate(r.case.frames)), "episodes_per_second": asdict(r.rate())}
            | {"peak_memory": r.peak_memory, "disk_bytes": r.disk_bytes}
            for r in records
        ],
        "ratios": [
            {"above": asdict(a.case), "below": asdict(b.case), **asdict(ratio(a, b)), "goal": goal}
            for a, b, goal in compared(records)
        ],
    }


def tables(records: list[Record]) -> list[Table]:
    return [_rates(records), _ratios(records)]


def memory_table(records: list[Record]) -> Table:
    """Of runs that are long or many, once each."""
    columns = ["ours", "workers", "seconds", "frames/s", "peak memory", "on disk"]
    rows = [
        [
            f"{r.case.episodes:,} episode{'s'[: r.case.episodes > 1]} of {r.case.frames:,} frames",
            str(r.case.workers),
            f"{r.seconds[0]:.1f}",
            f"{r.rate(r.case.frames).median:,.0f}",
            _size(r.peak_memory),
            _size(r.disk_bytes),
        ]
        for r in records
    ]
    return Table("Memory (goal: under 500 MB)", columns, rows)


def compared(records: list[Record]) -> list[tuple[Record, Record, float | None]]:
    """What is put in proportion: ours to the others, and several workers to one; with the goal, where there is one."""
    found = {(r.case.contestant, r.case.what, r.case.workers): r for r in records}
    pairs = []
    for (name, what, workers), record in found.items():
        for (above, below), goals in GOALS.items():
            if name == above and (other := found.get((below, what, workers))):
                pairs.append((record, other, goals.get(record.case.frames) if workers == 1 else None))
        if workers > 1:
            goal = SCALING_GOAL * workers if name == "ours" else None
            pairs.append((record, found[name, what, 1], goal))
    return pairs


def _rates(records: list[Record]) -> Table:
    columns = ["contestant", "frames", "workers", "frames/s", "episodes/s", "peak memory", "bytes/frame"]
    rows = [
        [
            r.case.contestant,
            r.case.what,
            str(r.case.workers),
            str(r.rate(r.case.frames)),
            str(r.rate()),
            _size(r.peak_memory),
            f"{r.disk_bytes / (r.case.episodes * r.case.frames):,.0f}" if r.disk_bytes else "–",
        ]
        for r in sorted(records, key=lambda r: (r.case.frames, r.case.what, r.case.workers))
    ]
    return Table("Rates", columns, rows)


def _ratios(records: list[Record]) -> Table:
    rows = [
        [
            f"{_name(a)} / {_name(b)}",
            a.case.what,
            str(ratio(a, b)),
            "" if goal is None else f"{'≥' if goal > 1 else '>'} {goal:g}",
        ]
        for a, b, goal in compared(records)
    ]
    return Table("Ratios", ["ratio of frames/s", "frames", "median (low–high)", "goal"], rows)


def _name(record: Record) -> str:
    return f"{record.case.contestant}, {record.case.workers} worker{'s'[: record.case.workers > 1]}"


def _size(count: int | None) -> str:
    return "–" if not count else size_text(count)

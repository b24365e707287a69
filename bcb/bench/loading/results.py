"""The records of a run as a JSON document, and as tables."""

from dataclasses import asdict
from typing import Any

from bcb.bench.loading.rounds import Record, ratio
from bcb.bench.tables import Table

GOALS = {"HDF5": 2.0, "HDF5 lzf": 2.0, "HDF5 gzip-1": 2.0, "WebDataset, in order": 1.0}  # ours, times theirs


def document(records: list[Record], skipped: dict[str, list[str]]) -> dict[str, Any]:
    """What was measured, in plain values. skipped: contestants that miss packages."""
    return {
        "skipped": skipped,
        "workloads": {r.workload.name: asdict(r.workload) for r in records},
        "runs": [
            _key(r)
            | {"items_per_second": asdict(r.rate)}
            | {"frames_per_second": {k: v * r.workload.item_frames for k, v in asdict(r.rate).items()}}
            | ({"ours_is_faster": asdict(ratio(ours, r)), "goal": GOALS.get(r.contestant)} if ours is not r else {})
            for r in records
            for ours in [_ours(records, r)]
        ],
    }


def tables(records: list[Record]) -> list[Table]:
    """For every workload, cold and warm, its rates, and how many times as fast ours is."""
    workloads = {r.workload.name: r.workload for r in records}
    found = []
    for name, workload, cold in (
        (name, workload, cold) for name, workload in workloads.items() for cold in (True, False)
    ):
        here = [r for r in records if (r.workload.name, r.cold) == (name, cold)]
        if not here:
            continue
        temperature = "cold" if cold else "warm"
        what = "windows" if workload.window else "episodes"
        columns = list(dict.fromkeys(_column(r) for r in here))
        rates, ratios = {}, {}
        for r in here:
            rates.setdefault(r.contestant, []).append(str(r.rate))
            if r.contestant != "ours":
                label = f"{r.contestant} (goal: {GOALS[r.contestant]:g})" if r.contestant in GOALS else r.contestant
                ratios.setdefault(label, []).append(str(ratio(_ours(records, r), r)))
        title = f"{name[0].upper()}{name[1:]}, {temperature}: {what} of {workload.item_frames} frames per second"
        found.append(Table(title, ["contestant", *columns], [[row, *cells] for row, cells in rates.items()]))
        title = f"{name[0].upper()}{name[1:]}, {temperature}: ours is so many times as fast as"
        found.append(Table(title, ["", *columns], [[row, *cells] for row, cells in ratios.items()]))
    return found


def _ours(records: list[Record], record: Record) -> Record:
    key = _key(record) | {"contestant": "ours"}
    return next(r for r in records if _key(r) == key)


def _key(record: Record) -> dict[str, Any]:
    return {
        "contestant": record.contestant,
        "workload": record.workload.name,
        "workers": record.workers,
        "cold": record.cold,
    }


def _column(record: Record) -> str:
    return f"{record.workers} worker{'s'[: record.workers != 1]}"

"""The records of a run as a JSON document, as tables, and as a figure."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from bcb.bench.figure import Line, Panel
from bcb.bench.scanning.family import Size
from bcb.bench.scanning.rounds import BOTH, PASSES, Record, ratio
from bcb.bench.scanning.s6 import S6
from bcb.bench.spread import Spread
from bcb.bench.tables import Table
from bcb.output import size_text

Errors = dict[tuple[str, str], tuple[float, float]]  # (family, contestant) → of y, of the worst gradient
FAST, LONG = Size(192, 80, 16), Size(48, 640, 16)  # where the goals are set


@dataclass(frozen=True)
class Goal:
    """What is wanted of the selective scan, and the number that says whether it is so; None where not measured."""

    what: str
    wanted: str
    found: Spread | float | None


def goals(records: list[Record], errors: Errors) -> list[Goal]:
    """Forward and backward."""
    found = {(r.contestant, r.size): r for r in records if (r.family, r.what) == (S6.name, BOTH) and r.seconds}

    def faster(other: str) -> Spread | None:
        ours, theirs = found.get(("ours", FAST)), found.get((other, FAST))
        return ratio(ours, theirs) if ours and theirs else None

    def kept(with_inputs: bool) -> float | None:
        ours, theirs = (found[name, FAST].kept if (name, FAST) in found else None for name in ("ours", "mambapy"))
        if ours is None or theirs is None:
            return None
        return ours.all / theirs.all if with_inputs else ours.more / theirs.more

    long = found.get(("ours", LONG))
    return [
        Goal(f"times as fast as mambapy at {FAST}", "≥ 80", faster("mambapy")),
        Goal(f"times as fast as the torch loop at {FAST}", "≥ 100", faster("torch loop")),
        Goal(f"times as fast as the loop of transformers at {FAST}", "≥ 100", faster("transformers")),
        Goal(f"µs per token at {LONG}", "≤ 1.2", long.microseconds if long else None),
        Goal("relative error, the worst of y and its gradients", "≤ 1e-05", max(errors[S6.name, "ours"])),
        Goal(f"kept for backward, inputs included, of mambapy's at {FAST}", "≤ 0.1", kept(True)),
        Goal("the same beside the inputs", "≤ 0.1", kept(False)),
    ]


def document(records: list[Record], errors: Errors, skipped: dict[str, list[str]]) -> dict[str, Any]:
    """What was measured, in plain values. skipped: contestants that miss packages."""
    return {
        "skipped": skipped,
        "accuracy": [
            {"family": family, "contestant": name, "y": y, "gradients": worst}
            for (family, name), (y, worst) in errors.items()
        ],
        "goals": [
            {"what": g.what, "wanted": g.wanted, "found": asdict(g.found) if isinstance(g.found, Spread) else g.found}
            for g in goals(records, errors)
        ],
        "runs": [
            {"family": r.family, "contestant": r.contestant, "pass": r.what, **asdict(r.size)}
            | {"microseconds_per_token": asdict(r.microseconds) if r.seconds else None, "left_out": r.left_out}
            | {"rounds": len(r.seconds), "peak_growth": r.peak}
            | {"kept_for_backward": asdict(r.kept) if r.kept else None}
            for r in records
        ],
    }


def tables(records: list[Record], errors: Errors, size: Size) -> list[Table]:
    """size: at which the errors were found."""
    found = [_goals(goals(records, errors)), _accuracy(errors, size)]
    for family in dict.fromkeys(r.family for r in records):
        for what in PASSES:
            here = [r for r in records if (r.family, r.what) == (family, what)]
            found.append(_table(f"{family}, {what}: µs per token", here, lambda r: str(r.microseconds)))
            found.append(_ratios(f"{family}, {what}: ours is so many times as fast as", here))
        both = [r for r in records if (r.family, r.what) == (family, BOTH)]
        found.append(
            _table(f"{family}: kept for backward, beside the inputs", both, lambda r: _bytes(r.kept and r.kept.more))
        )
        found.append(_table(f"{family}, {BOTH}: peak memory", both, lambda r: _bytes(r.peak)))
    return found


def panels(records: list[Record]) -> list[Panel]:
    """µs per token against the length, forward and backward, where a SlotSSM of 8 sequences of 6 slots is trained."""
    found = []
    for family in dict.fromkeys(r.family for r in records):
        here = [r for r in records if (r.family, r.what) == (family, BOTH) and r.seconds]
        batch, state = _middle(r.size.batch for r in here), min(r.size.state for r in here)
        lines: dict[str, list[tuple[float, float]]] = {}
        for r in here:
            if (r.size.batch, r.size.state) == (batch, state):
                lines.setdefault(r.contestant, []).append((r.size.length, r.microseconds.median))
        title = f"{family}, batch · slots {batch}, state {state}"
        drawn = [Line(name, points) for name, points in lines.items()]
        found.append(Panel(title, "length L", "µs per token, forward and backward", drawn))
    return found


def _goals(found: list[Goal]) -> Table:
    rows = [[g.what, g.wanted, _number(g.found)] for g in found]
    return Table("Goals of the selective scan, forward and backward", ["", "wanted", "found"], rows)


def _number(found: Spread | float | None) -> str:
    if found is None:
        return "–"
    return str(found) if isinstance(found, Spread) else f"{found:.2g}"


def _accuracy(errors: Errors, size: Size) -> Table:
    rows = [[f"{family}: {name}", f"{y:.1e}", f"{worst:.1e}"] for (family, name), (y, worst) in errors.items()]
    title = f"Relative errors (norm) against the recurrence in float64, at {size}"
    return Table(title, ["float32", "y", "worst gradient"], rows)


def _table(title: str, records: list[Record], cell: Callable[[Record], str], skip: str = "") -> Table:
    names = [name for name in dict.fromkeys(r.contestant for r in records) if name != skip]
    rows: dict[Size, dict[str, str]] = {}
    for r in records:
        rows.setdefault(r.size, {})[r.contestant] = f"left out: {r.left_out}" if r.left_out else cell(r)
    shown = [[str(size), *(cells[name] for name in names)] for size, cells in rows.items()]
    return Table(title, ["batch·slots × L × state", *names], shown)


def _ratios(title: str, records: list[Record]) -> Table:
    ours = {r.size: r for r in records if r.contestant == "ours"}
    return _table(title, records, lambda r: str(ratio(ours[r.size], r)) if ours[r.size].seconds else "–", skip="ours")


def _bytes(count: int | None) -> str:
    return "–" if count is None else size_text(count)


def _middle(values: Iterable[int]) -> int:
    ordered = sorted(set(values))
    return ordered[len(ordered) // 2]

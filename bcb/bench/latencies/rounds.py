"""All models in turn, round after round, every one in fresh processes."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bcb.bench.contest import compete
from bcb.bench.spread import Spread, spread

AT_ONCE, ONE_MORE = "L steps at once", "one more step after L"


@dataclass(frozen=True)
class Plan:
    """What is measured.

    at_once:  lengths that are read in one call, each in a process of its own.
    one_more: lengths after which one more step is read, in one process.
    seconds:  that one call at once may take.   reading: seconds that the process of `one_more` may read on.
    bytes:    that a process may hold.
    """

    preset: str
    batch: int
    threads: int
    at_once: tuple[int, ...]
    one_more: tuple[int, ...]
    seconds: float = 20.0
    reading: float = 240.0
    bytes: int = 6 * 2**30


@dataclass
class Record:
    """What a model came to at one length.

    bytes:    of AT_ONCE what a call adds to the process at most (None where unknown), of ONE_MORE the state.
    left_out: why there is nothing, or empty.
    """

    model: str
    what: str
    length: int
    parameters: int = 0
    seconds: list[float] = field(default_factory=list)
    bytes: int | None = None
    left_out: str = ""

    @property
    def milliseconds(self) -> Spread:
        return spread(seconds * 1e3 for seconds in self.seconds)


def run_rounds(plan: Plan, models: Sequence[str], rounds: int, report: Callable[[int, int], None]) -> list[Record]:
    """report: called with (processes done, processes in all).

    To read 100,000 steps takes minutes, so what one more costs is taken in one process, as often as there are rounds.
    """
    records = {
        (model, what, length): Record(model, what, length)
        for what, lengths in ((AT_ONCE, plan.at_once), (ONE_MORE, plan.one_more))
        for length in lengths
        for model in models
    }
    jobs = [(model, AT_ONCE, [length]) for length in plan.at_once for model in models] * rounds
    jobs += [(model, ONE_MORE, list(plan.one_more)) for model in models]
    for done, (model, what, lengths) in enumerate(jobs):
        report(done, len(jobs))
        found = [records[model, what, length] for length in lengths]
        if what == AT_ONCE:
            shorter = [records[model, what, length] for length in plan.at_once if length < lengths[0]]
            found[0].left_out = _too_much(plan, shorter, lengths[0])
        if not found[0].left_out:
            _take(found, _read(plan, model, what, lengths, rounds))
    report(len(jobs), len(jobs))
    return list(records.values())


def _read(plan: Plan, model: str, what: str, lengths: list[int], rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bcb.bench.latencies.reader", "--model", model]
    options = {"preset": plan.preset, "batch": plan.batch, "threads": plan.threads, "bytes": plan.bytes}
    options |= {"seconds": plan.seconds, "rounds": 1}
    if what == ONE_MORE:
        options |= {"seconds": plan.reading, "rounds": rounds}
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command += ["--at-once"] if what == AT_ONCE else []
    return compete([*command, "--lengths", *map(str, lengths)], cpus=plan.threads).said


def _take(records: list[Record], said: dict[str, Any]) -> None:
    points = {point["length"]: point for point in said["points"]}
    for record in records:
        record.parameters = said["parameters"]
        point = points.get(record.length)
        if point is None:
            record.left_out = record.left_out or said["stopped"]
        else:
            record.seconds += point["seconds"]
            held = [x for x in (record.bytes, point.get("peak"), point.get("state")) if x is not None]
            record.bytes = max(held, default=None)


def _too_much(plan: Plan, shorter: list[Record], length: int) -> str:
    """Why a length is left out, if attention's time, that of the square of the length, would be too long."""
    if not shorter:
        return ""
    last = shorter[-1]
    if last.left_out:
        return last.left_out
    about = last.milliseconds.median / 1e3 * (length / last.length) ** 2
    return f"may take {about:.0f} s" if about > plan.seconds else ""

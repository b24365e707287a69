"""All cases in turn, round after round, so that whatever slows the machine slows all of them alike."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bcb.bench.contest import compete
from bcb.bench.making.cases import Case
from bcb.bench.spread import Spread, spread


@dataclass
class Record:
    """What one case came to.

    seconds:      of every round.
    peak_memory:  bytes, the most of all rounds; None where unknown.
    disk_bytes:   the size of the files it wrote.
    """

    case: Case
    seconds: list[float] = field(default_factory=list)
    peak_memory: int | None = None
    disk_bytes: int = 0

    def rate(self, of: int = 1) -> Spread:
        """Episodes a second; or, with their frames, frames a second."""
        return spread(self.case.episodes * of / seconds for seconds in self.seconds)


def run_rounds(
    cases: Sequence[Case], rounds: int, folder: Path | None, report: Callable[[int, int], None]
) -> list[Record]:
    """Run every case in every round, in a new folder inside `folder` (None: the system's temporary one).

    report: called with (runs done, runs in all).
    """
    records = [Record(case) for case in cases]
    for record in records:
        record.case.command(Path())  # one whose script is missing fails here, not after minutes
    for done in range(rounds * len(records)):
        report(done, rounds * len(records))
        _run(records[done % len(records)], folder)
    report(rounds * len(records), rounds * len(records))
    return records


def ratio(above: Record, below: Record) -> Spread:
    """How many times as many frames a second `above` made as `below`, in each round."""
    made = above.case.episodes * above.case.frames / (below.case.episodes * below.case.frames)
    return spread(made * slow / fast for fast, slow in zip(above.seconds, below.seconds, strict=True))


def _run(record: Record, folder: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="bcb-bench-", dir=folder) as out:
        outcome = compete(record.case.command(Path(out)), cpus=record.case.workers)
        record.disk_bytes = sum(path.stat().st_size for path in Path(out).rglob("*") if path.is_file())
    record.seconds.append(outcome.said["seconds"])
    peaks = [peak for peak in (record.peak_memory, outcome.peak_memory) if peak is not None]
    record.peak_memory = max(peaks, default=None)

"""All of a folder: every store examined, in several processes; what holds, and what is refused."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bcb.leaderboard.examine import Entry, examine
from bcb.leaderboard.find import predictions_below
from bcb.leaderboard.limits import bounded_memory, check_files
from generators.executors import Tick, WorkerDied, run_tasks


@dataclass(frozen=True)
class Refused:
    """What has no place in a table, and why, on one line."""

    path: str
    why: str


@dataclass(frozen=True)
class Task:
    """One store, its name on the board, and where its outcome is written."""

    store: Path
    path: str
    outcome: Path


def examine_all(folder: Path, workers: int, progress: Callable[[int, int], None]) -> tuple[list[Entry], list[Refused]]:
    """Examine all predictions below a folder, in up to `workers` processes.

    progress: called with (stores done, stores in all).
    Raises ValueError where there are none, and where a process died.
    """
    found = predictions_below(folder)
    lost = [Refused(_name(path, folder), "there are no predictions beside this record") for path in found.lost]
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        progress(done, len(found.stores))

    with tempfile.TemporaryDirectory() as scratch:
        tasks = [Task(s, _name(s, folder), Path(scratch, f"{i}.json")) for i, s in enumerate(found.stores)]
        try:
            run_tasks(_examine, tasks, workers, tick)
        except WorkerDied as error:
            raise ValueError(str(error)) from error
        outcomes = [json.loads(task.outcome.read_text(encoding="utf-8")) for task in tasks]
    entries = [Entry(**outcome["entry"]) for outcome in outcomes if "entry" in outcome]
    return entries, lost + [Refused(**outcome["refused"]) for outcome in outcomes if "refused" in outcome]


def _examine(task: Task, tick: Tick) -> None:
    """Write the outcome of one store. Ticks once."""
    outcome: dict[str, Any]
    try:
        check_files(task.store)
        with bounded_memory():
            outcome = {"entry": asdict(examine(task.store, task.path))}
    except MemoryError:
        outcome = {"refused": {"path": task.path, "why": "it wants more memory than is given to one entry"}}
    except Exception as error:  # whatever a stranger's store does, the others are ranked
        kind = "" if isinstance(error, ValueError | OSError) else f"{type(error).__name__}: "
        outcome = {"refused": {"path": task.path, "why": " ".join(f"{kind}{error}".split())}}
    task.outcome.write_text(json.dumps(outcome), encoding="utf-8")
    tick(1)


def _name(path: Path, folder: Path) -> str:
    """Below the folder; of the folder itself, its own."""
    return str(path.relative_to(folder)) if path != folder else path.resolve().name

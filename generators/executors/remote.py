"""What a Dask worker runs: one task, for as long as somebody waits for it."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from generators.executors.executor import Tick, WorkerDied
from generators.versions import versions_here

_at_work: list[str] = []  # the runs of this process's tasks, one entry for each that is running


class Dropped(Exception):
    """Nobody waits for this task any more."""


@dataclass(frozen=True)
class Call:
    """function(task, tick), on a worker. Returns how many episodes it told `tick`, and nothing else.

    run:      the run that it belongs to, as `is_at_work` knows it.
    versions: of the packages there must be, as they are where the run was started.
    """

    function: Callable[[Any, Tick], None]
    task: Any
    run: str
    versions: dict[str, str]

    def __call__(self) -> int:
        _check(self.versions)
        done = 0

        def tick(episodes: int) -> None:
            nonlocal done
            done += episodes
            if _is_dropped():
                raise Dropped

        _at_work.append(self.run)
        try:
            self.function(self.task, tick)
        finally:
            _at_work.remove(self.run)
        return done


def is_at_work(run: str) -> bool:
    """Does this process run a task of that run?"""
    return run in _at_work


def _check(wanted: dict[str, str]) -> None:
    here = versions_here()
    other = [package for package in wanted if here.get(package) != wanted[package]]
    if other:
        there = ", ".join(f"{package} {here.get(package)}, not {wanted[package]}" for package in other)
        raise WorkerDied(f"the worker on {socket.gethostname()} has {there}; install the same packages there as here")


def _is_dropped() -> bool:
    """Is the task that this thread runs no longer wanted: cancelled, its driver dead, or the scheduler gone?"""
    from distributed import Status, get_worker

    worker = get_worker()
    task = worker.state.tasks.get(worker.get_current_task())
    return task is None or task.state == "cancelled" or worker.status in (Status.closing, Status.closed, Status.failed)

"""Tasks in this process, or in local worker processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from generators.executors.executor import Task, Tick, WorkerDied

POLL_SECONDS = 0.2
AHEAD = 4  # tasks for each worker that the pool has at a time: it gets slow with many


def available_cpus() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class LocalProcesses:
    """Up to `workers` processes of this machine. One worker, or one task, runs in this very process."""

    workers: int

    def run(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        workers = min(self.workers, len(tasks))
        if workers <= 1:
            for task in tasks:
                function(task, tick)
        else:
            _run_in_processes(function, tasks, workers, tick)


def run_tasks(function: Callable[[Task, Tick], None], tasks: Sequence[Task], workers: int, tick: Tick) -> None:
    """Call function(task, tick) for every task in up to `workers` processes."""
    LocalProcesses(workers).run(function, tasks, tick)


def _run_in_processes(function: Callable[[Task, Tick], None], tasks: Sequence[Task], workers: int, tick: Tick) -> None:
    context = multiprocessing.get_context("spawn")  # never fork: numba, torch and others may hold threads
    counter = context.Value("q", 0)
    # Nobody ever writes to this pipe. It closes when this process ends, however it ends, and so do the workers then.
    lifeline, held = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, _begin, (counter, lifeline))
    futures = (pool.submit(_call, function, task) for task in tasks)
    seen = 0
    try:
        waiting = set(islice(futures, AHEAD * workers))
        while waiting:
            done, waiting = wait(waiting, POLL_SECONDS, FIRST_COMPLETED)
            for future in done:
                future.result()
            now = counter.get_obj().value  # not .value: a worker killed while it counts would hold that lock
            tick(now - seen)
            seen = now
            waiting |= set(islice(futures, len(done)))
    except BaseException as error:
        held.close()  # the workers leave what they are at
        if isinstance(error, BrokenProcessPool):
            raise WorkerDied("a worker process died (out of memory?); take fewer workers") from error
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        held.close()
        lifeline.close()


_counter: Any = None  # a worker's own: how it tells the parent what it has done


def _begin(counter: Any, lifeline: Connection) -> None:
    global _counter
    _counter = counter
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C reaches the whole terminal; the parent decides
    threading.Thread(target=_leave_with_parent, args=(lifeline,), daemon=True).start()


def _leave_with_parent(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)


def _call(function: Callable[[Task, Tick], None], task: Task) -> None:
    function(task, _count)


def _count(episodes: int) -> None:
    with _counter.get_lock():
        _counter.value += episodes

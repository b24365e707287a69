"""Worker processes that run and have imported everything before the clock starts."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

from generators.executors import LocalProcesses, Task, Tick


class WarmProcesses:
    """An executor whose processes, one or more, have each called `warm_up`. One is this very process."""

    def __init__(self, workers: int, warm_up: Callable[[], Any]):
        self._pool = None
        if workers == 1:
            warm_up()
            return
        context = multiprocessing.get_context("spawn")
        warm = context.Barrier(workers + 1)
        self._pool = ProcessPoolExecutor(workers, context, _begin, (warm_up, warm))
        for _ in range(workers):
            self._pool.submit(int)  # a process starts when there is something to do
        warm.wait()

    def run(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        if self._pool is None:
            LocalProcesses(1).run(function, tasks, tick)
        else:
            list(self._pool.map(partial(_call, function), tasks))


def _begin(warm_up: Callable[[], Any], warm: Any) -> None:
    warm_up()
    warm.wait()


def _call(function: Callable[[Task, Tick], None], task: Task) -> None:
    function(task, uncounted)


def uncounted(episodes: int) -> None:
    """A tick for nobody."""

"""Where tasks run: the one thing that the engine asks of it."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Tick = Callable[[int], None]  # called with the number of episodes done since the last call


class WorkerDied(RuntimeError):
    """The work can't go on where it runs. Says what happened and what to change before it is run again."""


class Executor(Protocol):
    """Runs tasks somewhere."""

    def run(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        """Call function(task, tick) for every task, in any order, each at least once; return when all are done.

        function and tasks pickle, and a task may run twice. `tick` is called in this process.
        The first exception stops everything and is raised; workers that die raise WorkerDied.
        """
        ...

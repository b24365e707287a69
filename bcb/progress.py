"""Progress of long work: a bar with rate and ETA on stderr, and silence where stderr is no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str, unit: str = "episodes") -> Iterator[Callable[[int, int], None]]:
    """Yields `report(done, total)`, to be called as often as is convenient.

    The first call starts the clock, so that work found already done does not flatter the rate.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.finished_speed or task.speed or 0:,.1f} {unit}/s", style="cyan")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        Rate(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as bar:
        task: list = []

        def report(done: int, total: int) -> None:
            if not task:
                task.append(bar.add_task(what, total=total, completed=done))
            bar.update(task[0], completed=done, total=total)

        yield report

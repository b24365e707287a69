"""The contestant `ours`: `generate`, as `bcb generate` calls it. Run as a module; prints one line of JSON.

Its worker processes are started and warm before the clock starts, as those of the others are.
"""

import argparse
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from generators.engine import generate
from generators.executors import Task, Tick
from generators.spec import Spec


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--frames", "--episodes", "--workers"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    spec = Spec(rule="frequent", context_frames=args.frames - 1, patches_per_side=1)
    make = partial(generate, spec, args.out / "store", {"train": args.episodes})
    warm_up()
    if args.workers == 1:
        start = perf_counter()
        make(workers=1)
    else:
        executor = WarmProcesses(args.workers)
        start = perf_counter()
        make(executor=executor)
    print(json.dumps({"seconds": perf_counter() - start}))


def warm_up() -> None:
    """Make a few short episodes, so that everything is imported and compiled."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Spec(context_frames=40), Path(folder) / "store", {"train": 2}, workers=1)


class WarmProcesses:
    """An executor whose processes run already."""

    def __init__(self, workers: int):
        context = multiprocessing.get_context("spawn")
        warm = context.Barrier(workers + 1)
        self._pool = ProcessPoolExecutor(workers, context, _begin, (warm,))
        for _ in range(workers):
            self._pool.submit(int)  # a process starts when there is something to do
        warm.wait()

    def run(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        list(self._pool.map(partial(_call, function), tasks))


def _begin(warm: Any) -> None:
    warm_up()
    warm.wait()


def _call(function: Callable[[Task, Tick], None], task: Task) -> None:
    function(task, _uncounted)


def _uncounted(episodes: int) -> None: ...


if __name__ == "__main__":
    main()

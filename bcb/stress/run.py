"""One cell: trained, tested, written down. What an executor runs, in this process or on another machine."""

import json
import platform
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from bcb.stress.cell import Cell, Common, Place, read_json, write_json
from bcb.stress.plan import bundled_start, parent, testing, training
from generators.bucket.flock import locked_folder
from generators.errors import StoreError
from generators.executors import Tick
from slotssm.models import MODELS
from slotssm.models.matching import count_parameters

# Torch's seed and its number of threads belong to the process, and a Dask worker may have many threads.
_one_at_a_time = Lock()
PATIENCE = 0.5  # seconds between two tries


@dataclass(frozen=True)
class CellTask:
    """A cell and its tests, in the stress folder at `out`.

    plan:    the fingerprint of that folder's plan.
    threads: that torch uses. The last digits depend on it, so it doesn't depend on how many cells run at a time.
    """

    out: str
    plan: str
    common: Common
    cell: Cell
    tests: tuple[int, ...]
    threads: int


class Left(BaseException):
    """Nobody waits for the cell any more: no failure of its own."""


def run_cell(task: CellTask, tick: Tick) -> None:
    """Train the cell and test it, as far as that isn't done yet. `tick` counts optimiser steps.

    What goes wrong is written down, not raised, so that the other cells go on.
    """
    place = Place(Path(task.out), task.cell)
    _check_folder(task)

    def alive(steps: int) -> None:
        try:
            tick(steps)
        except Exception as error:
            raise Left from error

    try:
        with _alone(place, alive), _threads(task.threads):
            try:
                _train(task, place, alive)
                for length in task.tests:
                    if not place.test(length).exists():
                        _test(task, place, length, alive)
            except Exception as error:
                said = " ".join(f"{error}".split()) or type(error).__name__
                kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
                place.failed.unlink(missing_ok=True)
                write_json(
                    place.failed,
                    {"cell": asdict(task.cell), "error": kind + said, "traceback": traceback.format_exc()},
                )
    except Left as left:
        raise left.__cause__ or left from None


def _train(task: CellTask, place: Place, tick: Tick) -> None:
    if place.trained.exists():
        return
    start = parent(task.common, task.cell)
    origin = Place(place.out, start) if start else None
    if origin and not origin.is_trained:
        raise ValueError(f"it starts from {origin.cell.name}, which is not trained")
    planned = training(task.common, task.cell, origin.run if origin else None)
    at = 0

    def reached(step: int) -> None:
        nonlocal at
        tick(step - at)
        at = step

    planned.run(place.run, reached, lambda record: reached(record["step"]))
    reached(planned.config.steps)  # one that lost patience had fewer
    last = json.loads((place.run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    spec = planned.train_source.spec
    write_json(
        place.trained,
        {
            "cell": asdict(task.cell),
            "start": origin.cell.name if origin else bundled_start(task.common, task.cell),
            "context_frames": spec.context_frames,
            "patches_per_side": spec.patches_per_side,
            "fingerprint": spec.fingerprint,
            "parameters": count_parameters(MODELS[planned.model_name], planned.model_config),
            "steps": last["step"],
            "minutes": last["minutes"],
            "threads": task.threads,
            "machine": platform.node(),
        },
    )


def _test(task: CellTask, place: Place, length: int, tick: Tick) -> None:
    """As `bcb evaluate --model RUN` does it."""
    from bcb.predicting import predictions_of
    from bcb.tasks import How, task_of
    from slotssm.checkpoint import from_json, load_run
    from slotssm.recipe import TrainConfig
    from slotssm.scan.backends import use_backend

    began = time.monotonic()
    run, source = load_run(place.run), testing(task.common, task.cell.rule, length)
    trained = from_json(TrainConfig, run.info["train"])  # an older run says less: the rest are defaults
    with use_backend(trained.backend):
        found = predictions_of(run, source, How(device=trained.device), lambda done, total: tick(0))
    result = task_of(source.spec).result(found, source, report=lambda done, total: tick(0)).to_json()
    write_json(
        place.test(length),
        {
            "cell": asdict(task.cell),
            "test_length": length,
            "data_seed": source.spec.seed,
            "seconds": round(time.monotonic() - began, 3),
            "result": result,
        },
    )


def _check_folder(task: CellTask) -> None:
    """Raise StoreError, which ends it all, where the stress folder isn't seen from here."""
    plan: dict[str, Any] | None = read_json(Path(task.out) / "plan.json")
    if plan is None or plan["fingerprint"] != task.plan:
        raise StoreError(
            f"{platform.node()} doesn't find the plan in {task.out}; it must lie where every worker sees it, in a "
            "shared folder, and be left alone until it is done"
        )


@contextmanager
def _alone(place: Place, tick: Callable[[int], None]) -> Iterator[None]:
    """The only cell of this process, and the only process at this cell: one that was dropped may not have noticed."""
    while not _one_at_a_time.acquire(timeout=PATIENCE):
        tick(0)
    try:
        with ExitStack() as held:
            while True:
                try:
                    held.enter_context(locked_folder(place.folder))
                    break
                except StoreError:
                    tick(0)
                    time.sleep(PATIENCE)
            yield
    finally:
        _one_at_a_time.release()


@contextmanager
def _threads(number: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)

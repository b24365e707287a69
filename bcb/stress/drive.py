"""All cells of a stress, wherever they run; the plan is written first, the table again and again."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bcb.presets import PRESETS
from bcb.stress.cell import Cell, Common, Place, keys_of, read_json, write_json
from bcb.stress.plan import Stress, parent, recipe
from bcb.stress.records import write_records
from bcb.stress.run import CellTask, run_cell
from generators.bucket.flock import locked_folder
from generators.executors import Executor
from generators.store import StoreReader

FORMAT = "bcb-stress"
LOOK_SECONDS = 2.0  # between two looks at what is finished
Progress = Callable[[int, int], None]
Finished = Callable[[Cell, str | None], None]  # (the cell, what went wrong)


def run_stress(
    out: Path,
    stress: Stress,
    executor: Executor,
    *,
    threads: int = 1,
    retest: bool = False,
    progress: Progress | None = None,
    finished: Finished | None = None,
) -> None:
    """Train and test all that isn't yet. Cells that fail say so in `failed.json`; these are tried again.

    A cell that lost its weights, and needs them, is trained and tested again from the beginning.

    retest: forget the tests that are there, for what a newer bcb says of them. Raises ValueError where the folder is
    another's, or WorkerDied.
    """
    out = out.absolute()
    check_plan(out, stress.common)
    with locked_folder(out):
        document = check_plan(out, stress.common)
        write_json(out / "plan.json", document | {"matrix": _matrix(stress)})
        places = [Place(out, cell) for cell in stress.cells]
        for place in places:
            for path in (place.failed, *(place.test(length) for length in stress.tests if retest)):
                path.unlink(missing_ok=True)
        for place in (Place(out, cell) for cell in left(out, stress)):
            if not place.is_trained and place.trained.exists():
                place.forget()
        watch = _Watch(out, stress, progress, finished)
        try:
            for wave in stress.waves():
                todo = [cell for cell in wave if not is_done(Place(out, cell), stress.tests)]
                tasks = [
                    CellTask(str(out), document["fingerprint"], stress.common, cell, stress.tests, threads)
                    for cell in todo
                ]
                executor.run(run_cell, tasks, watch.tick)
        finally:
            watch.look(at_end=True)


def is_done(place: Place, tests: tuple[int, ...]) -> bool:
    """Is there nothing left to compute?"""
    return place.trained.exists() and all(place.test(length).exists() for length in tests)


def left(out: Path, stress: Stress) -> list[Cell]:
    """The cells to go: with tests that aren't there, or with lost weights that one of those is to start from."""
    found: set[Cell] = set()
    for cell in stress.cells:
        if not is_done(Place(out, cell), stress.tests):
            found.add(cell)
            start: Cell | None = cell
            while start and not Place(out, start).is_trained:
                found.add(start)
                start = parent(stress.common, start)
    return [cell for cell in stress.cells if cell in found]


def check_plan(out: Path, common: Common) -> dict[str, Any]:
    """What plan.json is to say of the cells. Raises ValueError where a folder is there with cells of another kind."""
    document = _document(common)
    there = read_json(out / "plan.json")
    if there is None:
        if out.exists() and (not out.is_dir() or any(path.name != ".lock" for path in out.iterdir())):
            raise ValueError(f"{out} exists and is no folder of bcb stress; choose another --out")
        return document
    if there.get("format") != FORMAT:
        raise ValueError(f"{out / 'plan.json'} is not of bcb stress; choose another --out")
    asked, before = document["common"], there.get("common")
    if not isinstance(before, dict):
        raise ValueError(f"{out / 'plan.json'} is damaged: it says nothing of its cells; choose another --out")
    for key in {**before, **asked}:  # what an older bcb didn't know of was at its default, None
        if (now := asked.get(key)) != (was := before.get(key)):
            raise ValueError(
                f"the cells in {out} have {key} {json.dumps(was)}, not {json.dumps(now)}; choose another --out "
                "(models, rules, lengths and seeds may be added)"
            )
    return document


def _document(common: Common) -> dict[str, Any]:
    """The plan, less the matrix: what a fingerprint is taken of."""
    shared = asdict(common)
    stores = {rule: StoreReader(url, "test") for rule, url in shared.pop("stores").items()}
    shared["tested_on"] = {
        rule: {"fingerprint": reader.spec.fingerprint, "episodes": len(reader)} for rule, reader in stores.items()
    }
    # A preset that a newer bcb changes makes other cells.
    preset = PRESETS[common.base]
    shared["preset"] = {
        "spec": json.loads(preset.spec().to_json()),
        "model": asdict(preset.model),
        "train": asdict(preset.train),
        "finetune": asdict(preset.finetune),
    }
    shared = json.loads(json.dumps(shared))
    text = json.dumps(shared, sort_keys=True, separators=(",", ":"))
    return {
        "format": FORMAT,
        "bcb": version("bcb"),
        "fingerprint": hashlib.sha256(text.encode()).hexdigest(),
        "common": shared,
    }


def _matrix(stress: Stress) -> dict[str, Any]:
    """What was asked for last."""
    axes = {
        key: list(dict.fromkeys(getattr(c, key) for c in stress.cells)) for key in ("model", "rule", "length", "seed")
    }
    return {
        "models": axes["model"],
        "rules": axes["rule"],
        "lengths": axes["length"],
        "test_lengths": list(stress.tests),
        "seeds": axes["seed"],
    }


class _Watch:
    """Adds up what the tasks tick, and tells of cells that are finished."""

    def __init__(self, out: Path, stress: Stress, progress: Progress | None, finished: Finished | None):
        self.out, self.stress, self.progress, self.finished = out, stress, progress, finished
        self.open = left(out, stress)
        untrained = [cell for cell in self.open if not Place(out, cell).trained.exists()]
        self.steps, self.total = 0, sum(recipe(stress.common, cell).steps for cell in untrained)
        self.looked = time.monotonic()

    def tick(self, steps: int) -> None:
        self.steps += steps
        if self.progress:
            self.progress(self.steps, max(self.steps, self.total))
        if time.monotonic() - self.looked > LOOK_SECONDS:
            self.look()

    def look(self, at_end: bool = False) -> None:
        """Tell of the cells that are finished; where there are some, write the table again."""
        before = len(self.open)
        for cell in list(self.open):
            place = Place(self.out, cell)
            failure = read_json(place.failed)
            if failure or is_done(place, self.stress.tests):
                self.open.remove(cell)
                with keys_of(place.failed):
                    error = failure["error"] if failure else None
                if self.finished:
                    self.finished(cell, error)
        if len(self.open) < before or at_end:
            write_records(self.out)
        self.looked = time.monotonic()

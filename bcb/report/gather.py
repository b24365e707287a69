"""From what a user names to one list of trials: stress folders, run folders, bundled weights, JSON records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bcb.bundled import run_folder
from bcb.report.records import recorded
from bcb.report.runs import entries, evaluated
from bcb.report.stressed import stressed
from bcb.report.trial import Trial
from bcb.stress.records import failures_in
from bcb.zoo.entry import Entry, evaluate
from generators.executors import run_tasks

Report = Callable[[int, int], None]


@dataclass(frozen=True)
class Gathered:
    """trials: in the order they were named.   failed: cells, as in `failures_in`.   notes: for people."""

    trials: list[Trial]
    failed: list[dict[str, Any]]
    notes: list[str]


def gather(
    names: Sequence[str],
    kept: Path,
    episodes: int,
    report: Report = lambda done, total: None,
    *,
    workers: int = 1,
) -> Gathered:
    """All that is named. Runs are evaluated (`zoo.entry.at_times` has the lengths), and their records kept in a folder.

    report: called with (evaluations done, evaluations in all). Raises ValueError for what is nothing of ours.
    """
    trials: list[Trial] = []
    failed: list[dict[str, Any]] = []
    todo: list[Entry] = []
    for name in names:
        path = Path(name)
        if (path / "plan.json").is_file():
            trials += stressed(path)
            failed += failures_in(path)
        elif path.is_file():
            trials += recorded(path)
        else:
            folder = run_folder(name)
            if path.is_dir() and not (path / "config.json").exists():
                raise ValueError(f"{name} is no folder of bcb stress and no run folder; name one, or weights of bcb")
            todo += entries(folder, kept, episodes)
    missing = [entry for entry in todo if not entry.record.exists()]
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        report(done, len(missing))

    run_tasks(evaluate, missing, workers, tick)
    return checked([*trials, *map(evaluated, todo)], failed)


def checked(trials: list[Trial], failed: list[dict[str, Any]]) -> Gathered:
    """No test twice, and a note where two that look alike are of other episodes, or of other recipes."""
    once: dict[tuple, Trial] = {}
    seen: dict[tuple, tuple] = {}
    recipes: dict[tuple, Trial] = {}
    notes: list[str] = []
    twice = 0
    for trial in trials:
        key = (*trial.training, trial.test_length, trial.fingerprint, trial.split)
        if key in once:
            twice += 1
            continue
        once[key] = trial
        place, of = (trial.data, trial.rule, trial.test_length), (trial.fingerprint, trial.episodes, trial.split)
        if seen.setdefault(place, of) != of:
            notes.append(
                f"{trial.model}, rule {trial.rule}, at {trial.test_frames} frames was tested on other episodes than "
                "those before it: compare with care"
            )
        if trial.split != "test":
            notes.append(f"{trial.model}, rule {trial.rule}, was scored on the {trial.split} split, not on test")
        first = recipes.setdefault(trial.training[:-1], trial)
        other = any(first.recipe[name] != trial.recipe[name] for name in first.recipe.keys() & trial.recipe.keys())
        if other or (first.parameters, first.steps) != (trial.parameters, trial.steps):
            notes.append(
                f"the trainings of {trial.model}, rule {trial.rule}, {trial.data}, differ in more than their seed: "
                "their mean is of different recipes"
            )
    if twice:
        notes.append(f"{twice} of the tests were given twice (same model, rule, length, seed, data); the first counts")
    if failed:
        notes.append(f"{len(failed)} of the cells failed, and are left out")
    return Gathered(list(once.values()), failed, list(dict.fromkeys(notes)))

"""From what a user names to one list of trials: stress folders, run folders, bundled weights, JSON records."""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from bcb.bundled import run_folder
from bcb.config import merge
from bcb.presets import PRESETS
from bcb.report.trial import Trial
from bcb.stress.cell import Cell, Place, read_json
from bcb.stress.records import estimates_in, failures_in, scores_in
from bcb.zoo.entry import Entry, at_times, evaluate, read
from generators.executors import run_tasks
from generators.spec import Spec, parse_spec
from slotssm.checkpoint import read_config

Report = Callable[[int, int], None]
COLUMNS = {f.name for f in fields(Trial)}


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
            try:
                found = _stressed(path)
                failed += failures_in(path)
            except (KeyError, TypeError, AttributeError) as error:
                raise ValueError(
                    f"{name} is damaged ({error!r}); run the same bcb stress again, or leave it out"
                ) from None
            if not found:
                raise ValueError(f"{name} has no finished tests yet; let `bcb stress` go on, or leave it out")
            trials += found
        elif path.is_file():
            trials += _recorded(path)
        else:
            folder = run_folder(name)
            if path.is_dir() and not (path / "config.json").exists():
                raise ValueError(f"{name} is no folder of bcb stress and no run folder; name one, or weights of bcb")
            todo += _entries(folder, kept, episodes)
    missing = [entry for entry in todo if not entry.record.exists()]
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        report(done, len(missing))

    run_tasks(evaluate, missing, workers, tick)
    return _checked([*trials, *map(_evaluated, todo)], failed)


def _entries(run: Path, kept: Path, episodes: int) -> list[Entry]:
    """The lengths that a run is tested at. Raises ValueError for a run of another task."""
    found = at_times(run, kept, episodes)
    if read_config(run)["data"]["spec"]["rule"] == "none":
        raise ValueError(f"{run} predicts videos, in which nothing is to be remembered; a report is of blinking balls")
    return found


def _stressed(out: Path) -> list[Trial]:
    """Every test of a stress folder."""
    plan = read_json(out / "plan.json")
    if not isinstance(plan, dict) or plan.get("format") != "bcb-stress":
        raise ValueError(f"{out} has a plan.json that is not of bcb stress; name a folder that `bcb stress` made")
    common, found = plan["common"], []
    for test in scores_in(out):
        cell = Cell(test["model"], test["rule"], test["train_length"], test["train_seed"])
        run = Place(out, cell).run
        data = {"rule": cell.rule, "context_frames": test["test_frames"], "seed": test["data_seed"]}
        spec = _spec(merge(common["preset"]["spec"], common["settings"].get("data", {}), data))
        found.append(
            Trial(
                **{name: value for name, value in test.items() if name in COLUMNS},
                data=_name_of(spec, test["fingerprint"]),
                run=run if (run / "model.safetensors").exists() else None,
                command=_stress_command(out, plan),
                spec=spec if spec and spec.fingerprint == test["fingerprint"] else None,
                versions={"bcb": str(plan.get("bcb"))},
            )
        )
    return found


def _stress_command(out: Path, plan: dict[str, Any]) -> str:
    """What was asked for last, with the settings that differ from the preset's."""
    common, matrix = plan["common"], plan["matrix"]
    init = ",".join(f"{rule}={start}" for rule, start in common["init"].items()) or "none"
    words = ["bcb", "stress", "--base", common["base"], "--models", ",".join(matrix["models"])]
    words += ["--rule", ",".join(matrix["rules"]), "--lengths", _commas(matrix["lengths"])]
    words += ["--test-lengths", _commas(matrix["test_lengths"]), "--seeds", str(len(matrix["seeds"])), "--init", init]
    words += ["--data-seed", str(common["data_seed"])] if common["data_seed"] else []
    words += ["--episodes", str(common["episodes"])] if common["episodes"] else []
    for group, settings in common["settings"].items():
        for name, value in settings.items():
            words += ["--set", f"{group}.{name}={json.dumps(value)}"]
    return shlex.join([*words, "--out", str(out)])


def _commas(numbers: list[int]) -> str:
    return ",".join(map(str, numbers))


def _evaluated(entry: Entry) -> Trial:
    """A run on test episodes that are made on the fly."""
    record, info = read(entry), read_config(entry.run)
    result, trained, spec = record["result"], parse_spec(info["data"]["spec"]), entry.job.source.spec
    command = ["bcb", "evaluate", "--model", _typed(entry.run)]
    command += ["--context-frames", str(entry.frames)] if entry.frames else []
    command += ["--episodes", str(entry.episodes)] if entry.episodes != 1000 else []
    return Trial(
        model=record["model"],
        train_length=trained.length,
        train_frames=trained.context_frames,
        train_seed=record["seed"],
        data_seed=spec.seed,
        parameters=record["parameters"],
        steps=record["steps"],
        minutes=record["minutes"],
        data=_name_of(spec, spec.fingerprint),
        run=entry.run,
        command=shlex.join(command),
        spec=spec,
        versions=info.get("versions", {}),
        **_scored(result),
    )


def _typed(run: Path) -> str:
    """How a user names a run: bundled weights by their name alone."""
    from bcb.bundled import WEIGHTS

    return run.name if run.parent == WEIGHTS else str(run)


def _recorded(path: Path) -> list[Trial]:
    """What `bcb evaluate --json` or `bcb score --json` printed."""
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise ValueError(f"{path} is no record; save what `bcb evaluate --json` or `bcb score --json` prints")
    found = []
    for result in document["results"]:
        if not isinstance(result, dict) or "painted_accuracy" not in result.get("metrics", {}):
            raise ValueError(f"{path} has no scores of colours; a report is of blinking balls, not of other tasks")
        try:
            data, spec = _known(result)
            found.append(
                Trial(
                    model=str(document.get("model")),
                    parameters=document.get("parameters"),
                    data=data,
                    spec=spec,
                    command=f"(read from {path.name})",
                    versions=dict(document.get("versions", {})),
                    **_scored(result),
                )
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is damaged ({error!r}); make it again with `bcb evaluate --json`") from None
    return found


def _scored(result: dict[str, Any]) -> dict[str, Any]:
    """The fields that a record of `eval` fills."""
    if not (1 <= int(result["context_frames"]) <= int(result["length"])):
        raise ValueError(f"{result['context_frames']} frames in {result['length']} steps")
    return {
        **{name: str(result[name]) for name in ("rule", "fingerprint", "split")},
        **{name: int(result[name]) for name in ("patches_per_side", "episodes")},
        "test_length": int(result["length"]),
        "test_frames": int(result["context_frames"]),
        "metrics": dict(estimates_in(result)),
    }


def _spec(data: dict[str, Any]) -> Spec | None:
    """None for what this bcb doesn't know."""
    try:
        return parse_spec(data)
    except ValueError:
        return None


def _known(result: dict[str, Any]) -> tuple[str, Spec | None]:
    """The preset whose data a record is of, by its fingerprint, and its spec."""
    for name, preset in PRESETS.items():
        if preset.patches_per_side == result["patches_per_side"] and preset.rule != "none" != result["rule"]:
            spec = replace(preset.spec(result["rule"]), context_frames=result["context_frames"])
            if spec.fingerprint == result["fingerprint"]:
                return name, spec
    return "data known by its fingerprint", None


def _name_of(spec: Spec | None, fingerprint: str) -> str:
    """A preset's name where the data is its, up to frames and rule; else what it is like."""
    if spec is None:
        return "data known by its fingerprint"
    for name, preset in PRESETS.items():
        if preset.rule == "none" or spec.rule == "none":
            continue
        if replace(preset.spec(spec.rule), context_frames=spec.context_frames) == spec:
            return name if spec.fingerprint == fingerprint else f"{name}, from a store"
    world = spec.world
    parts = [f"{world.size}×{world.size}", f"{world.balls} balls", f"{spec.colors} colours"]
    parts += [f"{spec.patches_per_side}×{spec.patches_per_side} patches"] if spec.patches_per_side > 1 else []
    parts += [f"{name} {value}" for name, value in spec.knobs.items()]
    parts += [f"data seed {spec.seed}"] if spec.seed else []
    return ", ".join(parts)


def _checked(trials: list[Trial], failed: list[dict[str, Any]]) -> Gathered:
    """No test twice, and a note where two that look alike are of other episodes."""
    once: dict[tuple, Trial] = {}
    seen: dict[tuple, tuple[str, int]] = {}
    notes: list[str] = []
    twice = 0
    for trial in trials:
        key = (*trial.training, trial.test_length)
        if key in once:
            twice += 1
            continue
        once[key] = trial
        place, of = (trial.data, trial.rule, trial.test_length), (trial.fingerprint, trial.episodes)
        if seen.setdefault(place, of) != of:
            notes.append(
                f"{trial.model}, rule {trial.rule}, at {trial.test_frames} frames was tested on other episodes than "
                "those before it: compare with care"
            )
    if twice:
        notes.append(f"{twice} of the tests were given twice (same model, rule, length and seed); the first counts")
    if failed:
        notes.append(f"{len(failed)} of the cells failed, and are left out")
    return Gathered(list(once.values()), failed, list(dict.fromkeys(notes)))

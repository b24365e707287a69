"""Trials of run folders and bundled weights, which are evaluated."""

import shlex
from pathlib import Path

from bcb.report.records import scored
from bcb.report.trial import Trial, name_of, recipe_of
from bcb.stress.cell import keys_of
from bcb.zoo.entry import Entry, at_times, read
from generators.spec import parse_spec
from slotssm.checkpoint import read_config


def entries(run: Path, kept: Path, episodes: int) -> list[Entry]:
    """The lengths that a run is tested at. Raises ValueError for a run of another task, or one without weights."""
    found = at_times(run, kept, episodes)
    if read_config(run)["data"]["spec"]["rule"] == "none":
        raise ValueError(f"{run} predicts videos, in which nothing is to be remembered; a report is of blinking balls")
    return found


def evaluated(entry: Entry) -> Trial:
    """A run on test episodes that are made on the fly."""
    info = read_config(entry.run)
    trained, spec = parse_spec(info["data"]["spec"]), entry.job.source.spec
    command = ["bcb", "evaluate", "--model", _typed(entry.run)]
    command += ["--context-frames", str(entry.frames)] if entry.frames else []
    command += ["--episodes", str(entry.episodes)] if entry.episodes != 1000 else []
    record = read(entry)
    with keys_of(entry.record):
        return Trial(
            model=record["model"],
            train_length=trained.length,
            train_frames=trained.context_frames,
            train_seed=record["seed"],
            data_seed=spec.seed,
            parameters=record["parameters"],
            steps=record["steps"],
            minutes=record["minutes"],
            data=name_of(spec, spec.fingerprint),
            run=entry.run,
            recipe=recipe_of(info),
            command=shlex.join(command),
            spec=spec,
            versions=info.get("versions", {}),
            **scored(record["result"]),
        )


def _typed(run: Path) -> str:
    """How a user names a run: bundled weights by their name alone."""
    from bcb.bundled import WEIGHTS

    return run.name if run.parent == WEIGHTS else str(run)

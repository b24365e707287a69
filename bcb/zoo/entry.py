"""An entry: one trained run on the canonical test episodes of one length, and its record, which is kept on the disk."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bcb.jobs import CANONICAL_EPISODES, Choice, Job, jobs
from bcb.presets import PRESETS
from generators.executors import Tick
from generators.spec import parse_spec
from slotssm.checkpoint import load_run, read_config, replace_file

TIMES = (1, 2, 4)  # the training length, of a run of no preset; where a step is a patch, longer takes too long
PACKAGES = ("bcb", "torch", "numpy")


@dataclass(frozen=True)
class Entry:
    """frames: context frames of the test; None for those that the run was trained for.   kept: a folder of records."""

    run: Path
    frames: int | None
    kept: Path
    episodes: int = CANONICAL_EPISODES

    @property
    def record(self) -> Path:
        """Where the record is, once there is one. Other weights, episodes or versions have another."""
        run = [(self.run / name).read_bytes() for name in ("model.safetensors", "config.json")]
        asked = [self.frames, self.episodes, [version(package) for package in PACKAGES]]
        key = hashlib.sha256(b"".join([*run, json.dumps(asked).encode()])).hexdigest()
        return self.kept / f"{self.run.name}-{self.frames or 'own'}-{key[:16]}.json"

    @property
    def job(self) -> Job:
        [job] = jobs(Choice(str(self.run.absolute()), context_frames=self.frames, episodes=self.episodes))
        return job


def entries(run: Path, kept: Path, episodes: int = CANONICAL_EPISODES) -> list[Entry]:
    """The lengths that a run is tested at. Raises ValueError for one that was not trained on a preset."""
    data = read_config(run)["data"]
    if not data.get("preset"):
        raise ValueError(f"{run} was not trained on a preset, so it has no place on the page; choose another run")
    return at_times(run, kept, episodes)


def at_times(run: Path, kept: Path, episodes: int = CANONICAL_EPISODES) -> list[Entry]:
    """A run at the frames that its preset is tested at, or TIMES its own. Raises ValueError where none are known."""
    info = read_config(run)
    data = info.get("data", {})
    spec = data.get("spec") if isinstance(data, dict) else None
    if not isinstance(spec, dict):
        raise ValueError(f"{run} does not say what it was trained on; choose another run")
    try:
        trained = parse_spec(spec)
    except ValueError as error:
        raise ValueError(f"{run} was trained on what this bcb doesn't know: {error}") from error
    try:
        _about(info)
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{run / 'config.json'} is damaged ({error!r}); train again or restore it") from error
    preset = PRESETS.get(str(data.get("preset")))
    if trained.rule == "none" or trained.patches_per_side > 1:
        return [Entry(run, None, kept, episodes)]
    if preset and preset.tests and trained.context_frames == preset.context_frames:
        return [Entry(run, frames, kept, episodes) for frames in preset.tests]
    return [Entry(run, times * trained.context_frames, kept, episodes) for times in TIMES]


def evaluate(entry: Entry, tick: Tick) -> None:
    """Write an entry's record, unless it is there. One thread, so that it is the same anywhere. Ticks once."""
    from bcb.bench.pinned import pinned
    from bcb.predicting import predictions_of
    from bcb.tasks import How, task_of

    if not entry.record.exists():
        run, job = load_run(entry.run), entry.job
        with pinned(1):
            found = predictions_of(run, job.source, How(), lambda done, total: tick(0))
        last = last_line(entry.run)
        record = {
            "model": run.model_name,
            "parameters": sum(p.numel() for p in run.model.parameters()),
            **_about(run.info),
            "steps": last["step"],
            "minutes": last["minutes"],
            "result": task_of(job.source.spec).result(found, job.source).to_json(),
        }
        entry.kept.mkdir(parents=True, exist_ok=True)
        replace_file(entry.record, lambda path: path.write_text(json.dumps(record), encoding="utf-8"))
    tick(1)


def _about(info: dict[str, Any]) -> dict[str, Any]:
    """What a run's config.json says of its training. Raises what dicts and lists raise where it is another shape."""
    return {
        "preset": info["data"].get("preset"),
        "start": _start(info["data"]),
        "seed": info["train"]["seed"],
        "torch": info.get("versions", {}).get("torch", "unknown"),
    }


def last_line(run: Path) -> dict[str, Any]:
    """The last line of its metrics. Raises ValueError where there is none."""
    try:
        found = json.loads((run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
        return {"step": int(found["step"]), "minutes": float(found["minutes"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{run} has no metrics.jsonl that can be read ({error!r}); train it again") from error


def _start(data: dict) -> str | None:
    """What the training began from: `earliest`, or `small, earliest` where that is another preset."""
    start = data.get("init")
    if not start:
        return None
    rule = start["spec"]["rule"]
    return rule if start["preset"] == data["preset"] else f"{start['preset']}, {rule}"


def read(entry: Entry) -> dict[str, Any]:
    """Its record. Raises ValueError, naming the file, where it is damaged."""
    try:
        return json.loads(entry.record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{entry.record} is damaged ({error}); delete it, and it is made again") from error

"""An entry of a run on scenes: it on the first test episodes of a store, and its record, which is kept on the disk."""

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bcb.presets import SCENE_PRESETS
from bcb.zoo.entry import PACKAGES, last_line
from generators.executors import Tick
from slotssm.checkpoint import read_config, replace_file

EPISODES = 300


@dataclass(frozen=True)
class SceneEntry:
    """kept: a folder of records.   episodes: of the test split, at most."""

    run: Path
    kept: Path
    episodes: int = EPISODES

    @property
    def record(self) -> Path:
        """Where the record is, once there is one. Other weights, episodes or versions have another."""
        run = [(self.run / name).read_bytes() for name in ("model.safetensors", "config.json")]
        asked = [self.episodes, [version(package) for package in PACKAGES]]
        key = hashlib.sha256(b"".join([*run, json.dumps(asked).encode()])).hexdigest()
        return self.kept / f"scenes-{self.run.name}-{key[:16]}.json"


def evaluate_entry(entry: SceneEntry, tick: Tick) -> None:
    """Write an entry's record, unless it is there. One thread, so that it is the same anywhere. Ticks once.

    Raises ValueError where the run, or the store that it was trained on, is not there or can't be read.
    """
    from bcb.bench.pinned import pinned
    from bcb.scenes.clips import open_clips
    from bcb.scenes.evaluating import predict_scenes
    from bcb.scenes.probing import NEEDED, probe, probes_learn_from
    from bcb.scenes.scoring import score_predicted
    from generators.store.schema import layouts
    from slotssm.scenes.runs import load_scene_run

    def alive(done: int, total: int) -> None:
        tick(0)

    if not entry.record.exists():
        run, about = load_scene_run(entry.run), _about(entry.run)
        source = open_clips(about.pop("url"), "test", entry.episodes)
        with pinned(1):
            found = predict_scenes(run, source, device="cpu", report=alive)
            result = score_predicted(found, source, report=alive, task=run.train.task)
            if run.train.task == "objects" and all(name in layouts(source.spec) for name in NEEDED):
                learned = probes_learn_from(run, source)
                result = result.with_probes(probe(run, learned, source, device="cpu", report=alive))
        size = sum(p.numel() for p in run.learner.parameters())
        record = {"model": run.model_name, "parameters": size, **about, "result": result.to_json()}
        entry.kept.mkdir(parents=True, exist_ok=True)
        replace_file(entry.record, lambda path: path.write_text(json.dumps(record), encoding="utf-8"))
    tick(1)


def read_entry(entry: SceneEntry) -> dict[str, Any]:
    """Its record. Raises ValueError, naming the file, where it is damaged."""
    try:
        return json.loads(entry.record.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{entry.record} is damaged ({error}); delete it, and it is made again") from error


def _about(run: Path) -> dict[str, Any]:
    """What its folder says of its training. Raises ValueError where it doesn't."""
    info, last = read_config(run), last_line(run)
    try:
        start, train, data = info["data"].get("init"), info["train"], info["data"]
        return {
            "url": data["url"],
            "data": preset_of(data["fingerprint"], data["spec"].get("seed", 0)),
            "frames": train["frames"],
            "steps": last["step"],
            "lr": train["lr"],
            "minutes": last["minutes"],
            "start": [start["train"]["task"], start["train"]["steps"]] if start else None,
            "seed": train["seed"],
            "torch": info.get("versions", {}).get("torch", "unknown"),
        }
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"{run / 'config.json'} is damaged ({error!r}); train again or restore it") from error


def preset_of(fingerprint: str, seed: int) -> str:
    """The name of the preset whose data it is, and its seed unless it is 0; else the fingerprint's beginning."""
    same = [name for name, preset in SCENE_PRESETS.items() if preset.spec(seed).fingerprint == fingerprint]
    return same[0] + (f", seed {seed}" if seed else "") if same else fingerprint[:12]

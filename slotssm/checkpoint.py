"""Run folders: config.json, model.safetensors, metrics.jsonl, TensorBoard events, resume.pt.

Nothing here executes what it reads: safetensors, JSON and `weights_only` alone.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from slotssm.models import MODELS, SequenceModel
from slotssm.recipe import TrainConfig


class RunError(ValueError):
    """A run folder that can't be used; the message says why and what to do."""


@dataclass(frozen=True)
class Run:
    """A trained model and the whole of its run's config.json."""

    model: SequenceModel
    model_name: str
    model_config: Any
    info: dict


def write_config(out: Path, info: dict) -> None:
    """config.json, whole or not at all."""
    replace_file(out / "config.json", lambda path: path.write_text(json.dumps(info, indent=2) + "\n"))


def read_config(path: Path) -> dict:
    """config.json of a run folder; RunError when there is none or it isn't JSON."""
    try:
        info = json.loads((path / "config.json").read_text())
        name, config = info["model"]["name"], info["model"]["config"]
    except (FileNotFoundError, NotADirectoryError):
        make = "choose another" if path.exists() else f"make one with: bcb train --out {path}"
        raise RunError(f"{path} is no run folder (it has no config.json); {make}") from None
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise RunError(f"{path / 'config.json'} is damaged ({e!r}); train again or restore it") from None
    if not isinstance(name, str) or not isinstance(config, dict):
        raise RunError(f"{path / 'config.json'} is damaged (no model name and config); train again or restore it")
    return info


def save_model(out: Path, model: nn.Module) -> None:
    """model.safetensors, whole or not at all."""
    weights = {k: v.contiguous() for k, v in model.state_dict().items()}

    def write(path: Path) -> None:
        save_file(weights, path)
        path.chmod(0o644)  # safetensors writes for its owner alone

    replace_file(out / "model.safetensors", write)


def load_run(path: str | Path) -> Run:
    """The model of a run folder, in eval mode on the CPU. Raises RunError."""
    path = Path(path)
    info = read_config(path)
    name = info["model"]["name"]
    if name not in MODELS:
        raise RunError(f"{path} holds a {name!r}, which is not one of: {', '.join(MODELS)}")
    try:
        config = from_json(MODELS[name].config, info["model"]["config"])
        model = MODELS[name].build(config)
        model.load_state_dict(load_file(path / "model.safetensors"))
    except FileNotFoundError:
        raise RunError(
            f"{path} has no model.safetensors; the run has saved no weights yet: run bcb train again"
        ) from None
    except (SafetensorError, OSError, RuntimeError, TypeError, ValueError) as e:
        first = str(e).splitlines()[0]
        raise RunError(f"the weights in {path} can't be loaded: {first}; restore the folder or train again") from None
    return Run(model.eval(), name, config, info)


def from_json(config_type: type, values: dict) -> Any:
    """A config dataclass from its JSON object: lists become tuples, an unknown key is a TypeError."""
    unknown = set(values) - {f.name for f in fields(config_type)}
    if unknown:
        raise TypeError(f"unknown key {sorted(unknown)[0]!r} for {config_type.__name__}")
    return config_type(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def to_json(config: Any) -> dict:
    """A config dataclass as a JSON object."""
    return json.loads(json.dumps(asdict(config)))


def save_resume(out: Path, state: dict) -> None:
    """resume.pt: everything that a run needs to go on as if it had never stopped."""
    replace_file(out / "resume.pt", lambda path: torch.save(state, path))


def load_resume(out: Path) -> dict | None:
    """The resume checkpoint, or None where there is none."""
    if not (out / "resume.pt").exists():
        return None
    try:
        return torch.load(out / "resume.pt", map_location="cpu", weights_only=True)
    except Exception as e:  # torch raises half a dozen kinds for a damaged file
        raise RunError(
            f"{out / 'resume.pt'} is damaged ({type(e).__name__}); delete it to start the run again"
        ) from None


def open_run(out: Path, info: dict, complete: Callable[[dict], dict] | None = None) -> dict | None:
    """Make the run folder, or check that the one there is of the same configuration; its resume checkpoint, if any.

    `complete`: what fills an older config.json with the defaults of settings that have come since; that of balls' runs
    where none is given.

    Raises RunError, with nothing written, for a folder of something else or of another configuration.
    """
    # These change nothing in the weights; where the data lies neither, for its fingerprint says that it is the same.
    free = {"train.max_minutes", "train.checkpoint_minutes", "train.workers", "data.url"}
    if (out / "config.json").exists():
        before = (complete or _completed)(read_config(out))
        for part in ("model", "train", "data", "world_size"):
            old, new = _leaves(before.get(part), part), _leaves(info[part], part)
            for key in sorted((old.keys() | new.keys()) - free):
                if old.get(key) != new.get(key):
                    was, now = old.get(key), new.get(key)
                    raise RunError(f"{out} was trained with {key} {was}, not {now}; choose another --out")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} exists and is no run folder; choose another --out")
    state = load_resume(out)
    if state is None:
        out.mkdir(parents=True, exist_ok=True)
        write_config(out, info)
    return state


def _completed(info: dict) -> dict:
    """A run's configuration with the defaults of settings that have come since; as it is where it can't be read."""
    name, config = info["model"]["name"], info["model"]["config"]
    try:
        model = {"name": name, "config": to_json(from_json(MODELS[name].config, config))}
        return info | {"model": model, "train": to_json(from_json(TrainConfig, info["train"]))}
    except (KeyError, TypeError, ValueError):
        return info


def _leaves(value: Any, path: str) -> dict[str, Any]:
    """A JSON value's innermost values by their dotted keys."""
    if not isinstance(value, dict):
        return {path: value}
    return {key: leaf for name, inner in value.items() for key, leaf in _leaves(inner, f"{path}.{name}").items()}


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file beside its place, then rename it: whole, or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    write(temporary)
    with open(temporary, "rb") as f:
        os.fsync(f.fileno())
    temporary.replace(path)

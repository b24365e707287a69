"""The weights that come with bcb: one small run folder each, `bcb/weights/MODEL-PRESET-RULE`.

`make weights` trains them all and puts them there: `python -m bcb.bundled RUN …`. `bcb list weights` names them, and
wherever a run folder is asked for, a name will do.
"""

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bcb.presets import PRESETS
from bcb.suggest import suggestion
from generators.rules import RULES

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Bundled:
    """A bundled run: which model, trained on which preset and rule, and where it lies."""

    model: str
    preset: str
    rule: str
    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def summary(self) -> str:
        """One line for people."""
        info = json.loads((self.path / "config.json").read_text(encoding="utf-8"))
        start = info["data"].get("init")
        after = f", after {start['preset']}, {start['spec']['rule']}" if start else ""
        return f"{self.model} on preset {self.preset}, rule {self.rule}: {info['train']['steps']} steps{after}"


def bundled(model: str | None = None, preset: str | None = None, rule: str | None = None) -> list[Bundled]:
    """The bundled runs of all models, presets and rules, or of those named; maybe none."""
    return [
        Bundled(m, p, r, path)
        for p in ([preset] if preset else PRESETS)
        for r in ([rule] if rule else RULES)
        for m in ([model] if model else _models())
        if (path := WEIGHTS / f"{m}-{p}-{r}").is_dir()
    ]


def run_folder(name: str, others: Iterable[str] = ()) -> Path:
    """The run that a user names: a folder, or else a bundled run. ./NAME is a folder, there or not.

    others: what else could have been meant. Raises ValueError for a name that is nothing.
    """
    path = Path(name)
    if path.exists() or path.parts != (name,):
        return path
    names = {b.name: b.path for b in bundled()}
    if name not in names:
        kinds = f"{'a model, ' * bool(others)}a run folder or bundled weights"
        raise ValueError(f"{name!r} is not {kinds}; {suggestion(name, [*others, *names], 'weights')}")
    return names[name]


def _models() -> Iterable[str]:
    from slotssm.models import MODELS  # which loads torch

    return MODELS


def bundle(run: Path, weights: Path = WEIGHTS) -> Path:
    """Put a run of a preset among the bundled: its configuration, its curve, its weights in half precision.

    Raises ValueError for a run of no preset, and for one that has not come to its end.
    """
    import torch
    from safetensors.torch import load_file, save_file

    from slotssm.checkpoint import read_config

    info = read_config(run)
    data = info["data"]
    if not data.get("preset"):
        raise ValueError(f"{run} was not trained on a preset, so there is no place for it among the bundled weights")
    done, steps = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["step"], info["train"]["steps"]
    if done < steps and not info["train"]["patience"]:
        raise ValueError(f"{run} has done {done} of {steps} steps; run the command that trains it again, to its end")
    place = weights / f"{info['model']['name']}-{data['preset']}-{data['spec']['rule']}"
    place.mkdir(parents=True, exist_ok=True)
    trained = load_file(run / "model.safetensors")
    save_file({name: w.to(torch.float16).contiguous() for name, w in trained.items()}, place / "model.safetensors")
    (place / "model.safetensors").chmod(0o644)  # safetensors writes for its owner alone
    (place / "config.json").write_text(json.dumps(info, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(run / "metrics.jsonl", place / "metrics.jsonl")
    return place


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        print(bundle(Path(folder)))

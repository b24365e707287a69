"""The weights that come with bcb: one small run folder each, `bcb/weights/MODEL-PRESET-RULE`.

`make weights` trains them all and puts them there: `python -m bcb.bundled RUN …`.
"""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bcb.presets import PRESETS
from generators.rules import RULES

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Bundled:
    """A bundled run: which model, trained on which preset and rule, and where it lies."""

    model: str
    preset: str
    rule: str
    path: Path


def bundled(model: str, preset: str | None = None, rule: str | None = None) -> list[Bundled]:
    """The bundled runs of a model, of all presets and rules or of those named; maybe none."""
    return [
        Bundled(model, p, r, path)
        for p in PRESETS
        for r in RULES
        if (path := WEIGHTS / f"{model}-{p}-{r}").is_dir() and preset in (None, p) and rule in (None, r)
    ]


def bundle(run: Path, weights: Path = WEIGHTS) -> Path:
    """Put a run of a preset among the bundled: its configuration, its curve, its weights in half precision."""
    import torch
    from safetensors.torch import load_file, save_file

    from slotssm.checkpoint import read_config

    info = read_config(run)
    data = info["data"]
    if not data.get("preset"):
        raise ValueError(f"{run} was not trained on a preset, so there is no place for it among the bundled weights")
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

"""The weights that come with bcb: one run folder each, `bcb/weights/MODEL-PRESET-RULE`."""

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


def bundled(model: str, preset: str | None = None, rule: str | None = None) -> list[Bundled]:
    """The bundled runs of a model, of all presets and rules or of those named. Raises ValueError for none."""
    found = [
        Bundled(model, p, r, path)
        for p in PRESETS
        for r in RULES
        if (path := WEIGHTS / f"{model}-{p}-{r}").is_dir() and preset in (None, p) and rule in (None, r)
    ]
    if not found:
        names = sorted(path.name for path in WEIGHTS.iterdir())
        asked = "-".join(part for part in (model, preset, rule) if part)
        raise ValueError(f"no bundled weights for {asked!r}, nor a run folder; {suggestion(asked, names)}")
    return found

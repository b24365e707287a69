"""A trial: one trained model on the test episodes of one length. All of a report is made of these."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bcb.presets import PRESETS
from bcb.words import data_words
from generators.spec import Spec, parse_spec

CHANCES = {"seed", "backend", "device", "workers", "max_minutes", "checkpoint_minutes"}  # of a training; no recipe
Estimate = dict[str, Any]  # value, low, high, n; see `eval.estimate`


@dataclass(frozen=True)
class Trial:
    """What `bcb.stress.records.scores_in` says of a test, and where it is from.

    The fields up to `metrics` are the columns of records.csv; None where it isn't known, as of a score of predictions.
    data:    a name of the kind of data: a preset's, or what its world is like.
    run:     the folder with the weights; None where there are none here.
    recipe:  settings of the training, but for its seed; those that are known.
    command: makes these numbers again.
    spec:    of the test episodes; None where only their fingerprint is known.
    """

    model: str
    rule: str
    test_length: int
    test_frames: int
    metrics: dict[str, Estimate]
    fingerprint: str
    episodes: int
    split: str = "test"
    patches_per_side: int = 1
    train_length: int | None = None
    train_frames: int | None = None
    train_seed: int | None = None
    data_seed: int | None = None
    parameters: int | None = None
    steps: int | None = None
    minutes: float | None = None
    data: str = ""
    run: Path | None = None
    recipe: dict[str, Any] = field(default_factory=dict)
    command: str = ""
    spec: Spec | None = None
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def training(self) -> tuple:
        """Which training of which model it is a test of; equal for its tests at other lengths."""
        return self.data, self.rule, self.model, self.train_length, self.train_seed

    @property
    def ends_dark(self) -> bool:
        """Whether no ball can blink in the last frames, as far as is known."""
        return self.spec is not None and bool(self.spec.delay or 0 < self.spec.evidence_frames < self.test_frames)

    @property
    def by_age(self) -> list[tuple[int, Estimate]]:
        """Accuracy at every age that was scored, the youngest first."""
        ages = (name.removeprefix("by_age.") for name in self.metrics if name.startswith("by_age."))
        known = sorted(int(age) for age in ages if age.isdecimal() and len(age) < 10)
        return [(age, found) for age in known if (found := self.estimate(f"by_age.{age}"))]

    def estimate(self, metric: str) -> Estimate | None:
        """None where it was not scored, or nothing could be, or a stranger wrote what is no number."""
        found = self.metrics.get(metric)
        numbers = found and all(_is_number(found[key]) for key in ("value", "low", "high", "n"))
        return found if found and numbers and found["n"] else None


def _is_number(value: Any) -> bool:
    """One that can be drawn: JSON has integers too large for a float."""
    return isinstance(value, int | float) and -1e18 < value < 1e18


def recipe_of(info: dict[str, Any]) -> dict[str, Any]:
    """What a run's config.json says of its model and training, but for what differs by chance or machine."""
    model = info.get("model", {})
    settings = model.get("config", {}) | info.get("train", {})
    return {name: value for name, value in settings.items() if name not in CHANCES}


def spec_or_none(data: dict[str, Any]) -> Spec | None:
    """None for what this bcb doesn't know."""
    try:
        return parse_spec(data)
    except ValueError:
        return None


def name_of(spec: Spec | None, fingerprint: str) -> str:
    """A preset's name where the data is its, up to frames and rule; else what it is like."""
    if spec is None:
        return f"data {fingerprint[:12]}"
    for name, preset in PRESETS.items():
        if "none" in (preset.rule, spec.rule):
            continue
        if replace(preset.spec(spec.rule), context_frames=spec.context_frames) == spec:
            return name if spec.fingerprint == fingerprint else f"{name}, from a store"
    return ", ".join(data_words(spec))

"""A trial: one trained model on the test episodes of one length. All of a report is made of these."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generators.spec import Spec

Estimate = dict[str, Any]  # value, low, high, n; see `eval.estimate`


@dataclass(frozen=True)
class Trial:
    """What `bcb.stress.records.scores_in` says of a test, and where it is from.

    The fields up to `metrics` are the columns of records.csv; None where it isn't known, as of a score of predictions.
    data:    a name of the kind of data: a preset's, or what its world is like.
    run:     the folder with the weights; None where there are none here.
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

    def estimate(self, metric: str) -> Estimate | None:
        """None where it was not scored, or nothing could be, or a stranger wrote what is no number."""
        found = self.metrics.get(metric)
        numbers = found and all(isinstance(found[key], int | float) for key in ("value", "low", "high", "n"))
        return found if found and numbers and found["n"] else None

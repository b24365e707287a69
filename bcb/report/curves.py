"""Trials as curves: of every training the same metric at one length after the other, its seeds together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from bcb.report.trial import Estimate, Trial
from slotssm.models import MODELS

BASELINES = ("oracle", "chance", "white")
MEMORY = "memory.effective_memory"
ACCURACY = "painted_accuracy"
SHARE = "memory.effective_memory_share"


@dataclass(frozen=True)
class Point:
    """A metric at a number of context frames, of each training seed that was tested there."""

    frames: int
    seeds: list[Estimate]

    @property
    def value(self) -> float:
        """The mean over seeds."""
        return fmean(e["value"] for e in self.seeds)

    @property
    def ends(self) -> tuple[float, float]:
        """One seed: its 95 % interval over episodes. Several: the lowest and the highest of them."""
        if len(self.seeds) == 1:
            return self.seeds[0]["low"], self.seeds[0]["high"]
        values = [e["value"] for e in self.seeds]
        return min(values), max(values)

    def text(self, digits: int = 3) -> str:
        """`0.893 [0.881, 0.904]`; where there is nothing between the ends, the value alone."""
        low, high = (f"{end:.{digits}f}" for end in self.ends)
        value = f"{self.value:.{digits}f}"
        return value if low == high == value else f"{value} [{low}, {high}]"


@dataclass(frozen=True)
class Curve:
    """name: what stands beside it: the model, and what tells it from others of its name."""

    name: str
    model: str
    train_frames: int | None
    points: list[Point]

    def at(self, frames: int) -> Point | None:
        return next((point for point in self.points if point.frames == frames), None)

    @property
    def seeds(self) -> str:
        """How many training seeds there are: `3`, or `1–3` where not all were tested at every length."""
        counts = sorted({len(point.seeds) for point in self.points})
        return "–".join(str(count) for count in dict.fromkeys((counts[0], counts[-1])))


@dataclass(frozen=True)
class Group:
    """All trials on one kind of data, under one rule."""

    data: str
    rule: str
    trials: list[Trial]

    @property
    def frames(self) -> list[int]:
        """The numbers of context frames that were tested, ascending."""
        return sorted({trial.test_frames for trial in self.trials})

    @property
    def train_frames(self) -> list[int]:
        return sorted({trial.train_frames for trial in self.trials if trial.train_frames})

    @property
    def ends_dark(self) -> bool:
        """Whether effective memory says nothing: what sees only the dark end is worth a guess, however much it sees."""
        return any(trial.ends_dark for trial in self.trials)

    @property
    def title(self) -> str:
        return f"rule {self.rule}, {self.data}"


def groups(trials: Sequence[Trial]) -> list[Group]:
    """In the order in which they were named, data by data."""
    found: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        found.setdefault((trial.data, trial.rule), []).append(trial)
    kinds = list(dict.fromkeys(data for data, _ in found))
    return [Group(*key, some) for key, some in sorted(found.items(), key=lambda item: kinds.index(item[0][0]))]


def names_of(trials: Sequence[Trial]) -> dict[tuple, str]:
    """(model, frames trained at) → what it is called: `single (5)` where its model was trained at several on one data.

    In the order of the table of models, so that a name has one colour everywhere; strangers after ours, by name.
    """
    known = list(MODELS)
    models = sorted({t.model for t in trials}, key=lambda m: (known.index(m) if m in known else len(known), m))
    found = {}
    for model in models:
        mine = {(t.data, t.rule, t.train_frames) for t in trials if t.model == model}
        several = len(mine) > len({(data, rule) for data, rule, _ in mine})
        for n in sorted({frames for *_, frames in mine}, key=lambda n: n or 0):
            found[model, n] = model + f" ({n or '?'})" * several
    return found


def curves(group: Group, metric: str, names: dict[tuple, str]) -> list[Curve]:
    """In the order of the names; a training without the metric has no curve, nor has memory where it says nothing."""
    if group.ends_dark and metric in (MEMORY, SHARE):
        return []
    found = []
    for (model, trained), name in names.items():
        mine = [t for t in group.trials if (t.model, t.train_frames) == (model, trained)]
        points = points_of(mine, lambda trial: trial.estimate(metric))
        if points:
            found.append(Curve(name, model, trained, points))
    return found


def baseline(group: Group, name: str, metric: str) -> Curve | None:
    """A baseline's curve: its score on the same episodes, which all trials at one length share."""
    path = f"memory.baselines.{name}.{metric.removeprefix('memory.')}" if metric.startswith("memory.") else ""
    found = points_of(group.trials, lambda trial: trial.estimate(path or f"baselines.{name}.{metric}"))
    return Curve(name, name, None, [Point(point.frames, point.seeds[:1]) for point in found]) if found else None


def points_of(trials: Sequence[Trial], pick: Callable[[Trial], Estimate | None]) -> list[Point]:
    by_frames: dict[int, list[Estimate]] = {}
    for trial in sorted(trials, key=lambda t: (t.train_seed is None, t.train_seed or 0)):
        if estimate := pick(trial):
            by_frames.setdefault(trial.test_frames, []).append(estimate)
    return [Point(frames, by_frames[frames]) for frames in sorted(by_frames)]


def ages(trials: Sequence[Trial], edges: Sequence[int]) -> list[Point]:
    """Accuracy by age of the evidence, the ages from one edge to before the next together: Point.frames is the edge.

    A ratio of sums, so exact; the interval is that of the ages themselves only where a bin is one age.
    """
    bins = [range(low, high) for low, high in pairwise(edges)]
    found = []
    for some in bins:
        seeds = []
        for trial in trials:
            parts = [e for age, e in trial.by_age if age in some]
            if balls := sum(e["n"] for e in parts):
                value = sum(e["value"] * e["n"] for e in parts) / balls
                low, high = (parts[0]["low"], parts[0]["high"]) if len(parts) == 1 else (value, value)
                seeds.append({"value": value, "low": low, "high": high, "n": balls})
        if seeds:
            found.append(Point(some.start, seeds))
    return found

"""What a model predicted of scenes, scored beside the baselines that need training episodes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bcb.scenes.clips import StoredClips, open_clips
from eval.estimate import Estimate
from eval.scenes.predictions import ScenePredictions
from eval.scenes.score import NEEDED, SceneScores, check_same_data, score_scenes
from generators.errors import StoreError
from generators.kinds import kind_of
from generators.scenes.camera import FAR
from generators.store.schema import layouts

Report = Callable[[int, int], None]
MEAN_CLIPS = 200


def score_predicted(
    found: ScenePredictions, source: StoredClips, *, report: Report, task: str | None = None
) -> "SceneResult":
    """The scores of what a model predicted.

    report: (episodes read, in all).   task: what it was trained on; else what the predictions are of.
    Raises ValueError where none is possible.
    """
    check_same_data(found, source)
    known = _that_can_be_scored(found, source)
    cells = None if known.logits is None else _cells(source)
    depth = None if known.depth is None else _mean_depth(source)
    shapes = kind_of(source.spec).attributes(source.spec).get("shapes", ())
    scores = score_scenes(
        known, source, train_cells=cells, train_depth=depth, shapes=shapes, farthest=FAR, progress=report
    )
    of = "snitch" if found.logits is not None else "depth" if found.depth is not None else "objects"
    return SceneResult(source, len(found.index), task or of, scores)


def _that_can_be_scored(found: ScenePredictions, source: StoredClips) -> ScenePredictions:
    """What the data has a truth for: real videos have no masks. Raises ValueError where that is nothing."""
    there = layouts(source.spec)
    lost = {name: None for name, of in NEEDED.items() if of not in there}
    known = replace(found, **lost)
    if all(getattr(known, name) is None for name in NEEDED):
        wanted = ", ".join(of for name, of in NEEDED.items() if getattr(found, name) is not None)
        raise ValueError(f"{source.reader.url} has no {wanted} to score these predictions by; choose other data")
    return known


def _cells(source: StoredClips) -> np.ndarray | None:
    """The answers of the training episodes, where the store has some."""
    if "cell" not in layouts(source.spec):
        return None
    try:
        train = open_clips(source.reader.url, "train")
    except StoreError:
        return None
    last = layouts(source.spec)["cell"].shape[0]
    return np.array([train.reader.window("cell", i, last - 1, last)[0] for i in range(len(train))])


def _mean_depth(source: StoredClips) -> np.ndarray | None:
    """What who never looks could say: each pixel's mean depth in the first training episodes, where there are some."""
    try:
        train = replace(open_clips(source.reader.url, "train", MEAN_CLIPS), wanted=("depth",))
    except StoreError:
        return None
    if not len(train):
        return None
    total, known = np.zeros(()), np.zeros(())
    for i in range(len(train)):
        depth = train.clip(i)["depth"].astype(np.float64)
        there = np.isfinite(depth) & (depth > 0)
        total = total + np.where(there, depth, 0).sum(axis=0)
        known = known + there.sum(axis=0)
    if not known.any():
        return None
    return np.where(known > 0, total / np.maximum(known, 1), total.sum() / known.sum())


@dataclass(frozen=True)
class SceneResult:
    """Scores of one model on one split of a store of scenes."""

    source: StoredClips
    episodes: int
    task: str
    scores: SceneScores

    def with_probes(self, probes: dict[str, dict[str, Estimate]]) -> "SceneResult":
        """The same, and what the slots tell of their objects."""
        return replace(self, scores=replace(self.scores, probes=probes))

    def to_json(self) -> dict[str, Any]:
        """One record: what the data is, and the scores, every metric as {"value", "low", "high", "n"}."""
        return {
            "task": self.task,
            "fingerprint": self.source.spec.fingerprint,
            "split": self.source.split,
            "episodes": self.episodes,
            **self.scores.to_json(),
        }

    def show(self, model: str) -> None:
        """Metrics with their 95 % intervals and the baselines; of the snitch also by how long it has been hidden."""
        from bcb.output import print_table

        others = self.scores.baselines
        rows = [
            [name, _text(e), *(_text(found[name], False) if name in found else "–" for found in others.values())]
            for name, e in self.scores.metrics.items()
        ]
        print_table(f"task {self.task}: {self.episodes} {self.source.split} episodes", ["", model, *others], rows)
        if self.scores.probes:
            names = ("accuracy", "prior", "r2")
            table = [
                [of, *(_text(found[name]) if name in found else "–" for name in names)]
                for of, found in self.scores.probes.items()
            ]
            print_table("what the slots tell of their objects", ["attribute", *names], table)
        if self.scores.by_hidden:
            names = list(next(iter(self.scores.by_hidden.values())))
            table = [[bin_, *(_text(found[name]) for name in names)] for bin_, found in self.scores.by_hidden.items()]
            print_table("by frames that the snitch has been hidden", ["frames", *names], table)


def _text(e: Estimate, interval: bool = True) -> str:
    if not e.n:
        return "–"
    return f"{e.value:.3f}" + (f" [{e.low:.3f}, {e.high:.3f}]" if interval else "")

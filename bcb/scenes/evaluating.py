"""A trained model of scenes on a store: what it draws and says, and its scores."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bcb.scenes.clips import StoredClips
from eval.estimate import Estimate
from eval.scenes.predictions import ScenePredictions
from eval.scenes.score import SceneScores
from generators.scenes.camera import FAR
from slotssm.scenes.data import check_scenes
from slotssm.scenes.predict import predict_cells, predict_clips
from slotssm.scenes.runs import SceneRun

Report = Callable[[int, int], None]


def predict_scenes(run: SceneRun, source: StoredClips, *, device: str, report: Report) -> ScenePredictions:
    """Slot maps of every frame, and depths where they are drawn; or the snitch's cell. report: (clips done, in all).

    Raises ValueError where model and data don't fit.
    """
    all_frames = replace(run.train, sampling="window", frames=0)
    check_scenes(source, run.learner.model.config, run.train if run.train.task == "snitch" else all_frames)
    return ScenePredictions(
        index=np.arange(len(source)),
        fingerprint=source.spec.fingerprint,
        split=source.split,
        model_name=run.model_name,
        model_config=run.info["model"]["config"],
        **_arrays(run, source, device, report),
    )


def _arrays(run: SceneRun, source: StoredClips, device: str, report: Report) -> dict[str, np.ndarray]:
    if run.train.task == "snitch":
        return {"logits": predict_cells(run.learner, _Told(source, report), run.train, device=device)}
    maps, depths = [], []
    for found in predict_clips(run.learner.model, _Told(source, report), device=device):
        maps.append(found.slot_map)
        if found.depth is not None:
            depths.append(found.depth.clip(0, FAR))
    return {"slot_map": np.stack(maps)} | ({"depth": np.stack(depths)} if depths else {})


@dataclass(frozen=True)
class _Told:
    """Clips of a source, of which each that is asked for is reported."""

    source: StoredClips
    report: Report

    def __len__(self) -> int:
        return len(self.source)

    def clip(self, index: int) -> dict[str, np.ndarray]:
        self.report(index, len(self))
        return self.source.clip(index)


@dataclass(frozen=True)
class SceneResult:
    """Scores of one model on one split of a store of scenes."""

    source: StoredClips
    task: str
    scores: SceneScores

    def to_json(self) -> dict[str, Any]:
        """One record: what the data is, and the scores, every metric as {"value", "low", "high", "n"}."""
        return {
            "task": self.task,
            "fingerprint": self.source.spec.fingerprint,
            "split": self.source.split,
            "episodes": len(self.source),
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
        print_table(f"task {self.task}: {len(self.source)} {self.source.split} episodes", ["", model, *others], rows)
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

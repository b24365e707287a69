"""A trained model of scenes on a store: what it draws and says, and its scores."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bcb.scenes.clips import StoredClips
from eval.scenes.predictions import ScenePredictions
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

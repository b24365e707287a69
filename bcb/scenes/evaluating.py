"""A trained model of scenes on a store: what it draws and says, and its scores."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import default_collate

from bcb.scenes.clips import StoredClips
from eval.estimate import Estimate
from eval.scenes.predictions import ScenePredictions
from eval.scenes.score import SceneScores
from generators.scenes.camera import FAR
from slotssm.predict import pick_device
from slotssm.scenes.data import ClipDataset, check_scenes
from slotssm.scenes.models.config import TARGETS
from slotssm.scenes.runs import SceneRun

Report = Callable[[int, int], None]


def predict_scenes(
    run: SceneRun, source: StoredClips, *, batch_size: int, device: str, report: Report
) -> ScenePredictions:
    """Slot maps of every frame, and depths where they are drawn; or the snitch's cell. report: (clips done, in all).

    All frames are read, but where the snitch is looked for, of whose clips those that are tested on.
    Raises ValueError where model and data don't fit.
    """
    config, on = run.train, pick_device(device)
    if config.task != "snitch":
        config = _whole(config)
    check_scenes(source, run.learner.model.config, config)
    data, learner = ClipDataset(source, config), run.learner.to(on).eval()
    parts: dict[str, list[np.ndarray]] = {}
    with torch.inference_mode():
        for start in range(0, len(data), batch_size):
            stop = min(start + batch_size, len(data))
            video = default_collate([data[i, -1]["video"] for i in range(start, stop)]).to(on)
            for name, array in _predicted(learner, video, run.train.task).items():
                parts.setdefault(name, []).append(array.cpu().numpy())
            report(stop, len(data))
    return ScenePredictions(
        index=np.arange(len(data)),
        fingerprint=source.spec.fingerprint,
        split=source.split,
        model_name=run.model_name,
        model_config=run.info["model"]["config"],
        **{name: np.concatenate(some) for name, some in parts.items()},
    )


def _predicted(learner: Any, video: torch.Tensor, task: str) -> dict[str, torch.Tensor]:
    if task == "snitch":
        return {"logits": learner.cells(video)}
    drawn = learner.model(video)
    found = {"slot_map": drawn.alpha.argmax(dim=2).to(torch.uint8)}
    targets = learner.model.config.targets
    if "depth" in targets:
        at = sum(TARGETS[name] for name in targets[: targets.index("depth")])
        found["depth"] = drawn.reconstruction[:, :, at].float().clamp_min(0).expm1().clamp_max(FAR)
    return found


def _whole(config: Any) -> Any:
    from dataclasses import replace

    return replace(config, sampling="window", frames=0)


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
        """Metrics with their 95 % intervals, baselines beside them; of the snitch also by how long it has been hidden."""
        from bcb.output import print_table

        others = self.scores.baselines
        rows = [
            [name, _text(e), *(_text(found[name], False) if name in found else "–" for found in others.values())]
            for name, e in self.scores.metrics.items()
        ]
        print_table(f"task {self.task}: {len(self.source)} {self.source.split} episodes", ["", model, *others], rows)
        if self.scores.by_hidden:
            names = list(next(iter(self.scores.by_hidden.values())))
            table = [[bin_, *(_text(found[name]) for name in names)] for bin_, found in self.scores.by_hidden.items()]
            print_table("by frames that the snitch has been hidden", ["frames", *names], table)


def _text(e: Estimate, interval: bool = True) -> str:
    if not e.n:
        return "–"
    return f"{e.value:.3f}" + (f" [{e.low:.3f}, {e.high:.3f}]" if interval else "")

"""What the options of `bcb train` mean on a store of scenes: a training, checked and ready to run."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bcb.config import Settings, merge
from bcb.scenes.clips import StoredClips, open_clips
from bcb.scenes.tasks import SCENE_TASKS
from bcb.suggest import check_known
from generators.convert import convert
from generators.scenes.spec import SceneSpec
from slotssm.checkpoint import to_json
from slotssm.scenes.learner import Learner
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.models.sizes import small
from slotssm.scenes.recipe import SceneTrainConfig
from slotssm.scenes.runs import load_scene_run
from slotssm.scenes.train import train_scenes

GROUPS = ("model", "train")
VAL_CLIPS = 64  # of the val split, which is watched every so many steps


@dataclass(frozen=True)
class ScenePlan:
    """A training on scenes; `summary` is one line for people."""

    model_name: str
    model_config: Any
    config: SceneTrainConfig
    train_source: StoredClips
    val_source: StoredClips
    data_info: dict[str, Any]
    init: Learner | None

    @property
    def summary(self) -> str:
        learner = Learner(SCENE_MODELS[self.model_name].build(self.model_config), self.config.task)
        count = sum(p.numel() for p in learner.parameters())
        frames = f"{self.config.frames or 'all'} frames ({self.config.sampling})"
        return f"{self.model_name}, {count:,} parameters; task {self.config.task}, {frames}; {self.config.steps} steps"

    def run(self, out: Path, started: Callable[[int], None], progress: Callable[[dict], None]) -> None:
        """Train into a run folder. The callbacks are those of `slotssm.scenes.train.train_scenes`."""
        train_scenes(
            self.model_name,
            self.model_config,
            self.config,
            self.train_source,
            self.val_source,
            out,
            data_info=self.data_info,
            init=self.init,
            started=started,
            progress=progress,
        )


def plan_scenes(
    model: str | None, data: str | None, task: str | None, init: Path | None, layers: list[Settings]
) -> ScenePlan:
    """What fits the data < config file < flags < --set. Raises ValueError for what doesn't go together."""
    if data is None:
        raise ValueError(
            "say on which store: --data STORE (make one with bcb generate --preset movi-a-like, or snitch)"
        )
    sources = open_clips(data, "train"), open_clips(data, "val", VAL_CLIPS)
    spec = sources[0].spec
    task = task or ("snitch" if isinstance(spec, SceneSpec) and spec.world.name == "snitch" else "objects")
    chosen = SCENE_TASKS[task]
    model = check_known("model of scenes", model or chosen.model, SCENE_MODELS)
    settings = merge(*layers)
    for group in settings:
        check_known("group of settings", group, GROUPS)
    clip = sources[0].clip(0)["rgb"]
    trained = load_scene_run(init) if init else None
    if trained and trained.model_name != model:
        raise ValueError(f"{init} holds a {trained.model_name}, which can't start a {model}")
    base = trained.learner.model.config if trained else small(model, image_size=clip.shape[1])
    base = replace(base, targets=chosen.targets)
    config = _converted("model", SCENE_MODELS[model].config, base, settings)
    recipe = replace(chosen.recipe, frames=min(chosen.recipe.frames, len(clip)))
    train = _converted("train", SceneTrainConfig, recipe, settings)
    if train.task != task:
        raise ValueError(f"train.task is {train.task}, and the task is {task}; say --task {train.task} instead")
    wanted = ("rgb", *(("cell",) if task == "snitch" else config.targets))
    sources = replace(sources[0], wanted=wanted), replace(sources[1], wanted=wanted)
    info = {"spec": json.loads(spec.to_json()), "fingerprint": spec.fingerprint, "url": sources[0].reader.url}
    if trained:
        info["init"] = {"train": trained.info["train"], "data": trained.info["data"]}
    return ScenePlan(
        model,
        config,
        train,
        *sources,
        info,
        trained.learner if trained else None,
    )


def _converted(group: str, kind: type, base: Any, settings: Settings) -> Any:
    """A group of settings over a dataclass. Raises ValueError that names the group."""
    try:
        return convert(kind, merge(to_json(base), settings.get(group, {})))
    except ValueError as error:
        raise ValueError(f"in the {group} settings, {error}") from error

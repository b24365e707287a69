"""What the options of `bcb train` mean: data, model and settings that fit together."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bcb.config import Settings, merge
from bcb.presets import PRESETS, ModelSize
from bcb.suggest import check_known
from bcb.tasks import TASKS, task_of
from eval.score import score
from eval.truth import truth_from
from generators.convert import convert
from generators.source import Source, SpecSource
from generators.spec import Spec
from generators.store import StoreReader
from slotssm.checkpoint import load_run, to_json
from slotssm.models import MODELS, SequenceModel
from slotssm.models.matching import configure
from slotssm.recipe import TrainConfig
from slotssm.train import train
from slotssm.transfer import recut

TRAIN_EPISODES = 1_000_000  # of a preset; made when asked for
VAL_EPISODES = 256
GROUPS = ("data", "model", "train")

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """A training, checked and ready to run."""

    model_name: str
    model_config: Any
    config: TrainConfig
    train_source: Source
    val_source: Source
    data_info: dict
    init: SequenceModel | None

    @property
    def summary(self) -> str:
        """One line for people."""
        spec = self.train_source.spec
        count = sum(p.numel() for p in MODELS[self.model_name].build(self.model_config).parameters())
        what = f"{self.model_name}, {count:,} parameters; rule {spec.rule}, length {spec.length}"
        return f"{what}; {self.config.steps} steps"

    def run(self, out: Path, started: Callable[[int], None], progress: Callable[[dict], None]) -> None:
        """Train into a run folder. The callbacks are those of `slotssm.train.train`."""
        truth = truth_from(self.val_source)

        def watch(images: np.ndarray) -> dict[str, float]:
            metrics = score(images, truth).metrics
            return {name: float(metrics[name].value) for name in task_of(self.val_source.spec).watched}

        train(
            self.model_name,
            self.model_config,
            self.config,
            self.train_source,
            self.val_source,
            out,
            data_info=self.data_info,
            score=watch,
            init=self.init,
            started=started,
            progress=progress,
        )


def plan(
    model: str,
    data: str | None,
    preset: str | None,
    init: Path | None,
    layers: list[Settings],
    task: str | None = None,
) -> Plan:
    """Preset < config file < flags < --set. Raises ValueError for whatever doesn't go together."""
    check_known("model", model, MODELS)
    for layer in layers:
        _check_groups(layer)
    settings = merge(*layers)
    if data is None and preset is None and task:
        preset = TASKS[task].preset
    if (data is None) == (preset is None):
        raise ValueError("say what to train on: either --data STORE or --preset NAME (`bcb list presets`)")
    if data is not None:
        if settings.get("data"):
            raise ValueError("--data decides the episodes; leave --rule and data settings out")
        train_source, val_source = StoreReader(data, "train"), StoreReader(data, "val")
        spec, size = train_source.spec, ModelSize()
        recipes = (task_of(spec, task).recipe,) * 2
    else:
        assert preset is not None
        chosen = PRESETS[preset]
        spec = _converted("data", Spec, json.loads(chosen.spec().to_json()), settings)
        train_source = SpecSource(spec, "train", TRAIN_EPISODES)
        val_source = SpecSource(spec, "val", VAL_EPISODES)
        size, recipes = chosen.model, (chosen.train, chosen.finetune)
    kind = task_of(spec, task)
    train_source, val_source = kind.training(train_source), kind.training(val_source)
    model_config = _converted("model", MODELS[model].config, _sizes(model, size, spec), settings)
    started = None
    info: dict[str, Any] = {"spec": json.loads(spec.to_json()), "fingerprint": spec.fingerprint, "preset": preset}
    if train_source.spec != spec:
        info["context_frames"] = train_source.spec.context_frames  # those that are trained on
    if init is not None:
        run = load_run(init)
        if run.model_name != model:
            raise ValueError(f"{init} holds a {run.model_name}, which can't start a {model}")
        started = recut(run.model, MODELS[model].build(model_config))
        info["init"] = run.info.get("data", {}) | {"train": run.info.get("train")}
    recipe = recipes[0 if started is None else 1]
    steps = settings.get("train", {}).get("steps")
    if isinstance(steps, int) and steps > 0:
        recipe = recipe.lasting(steps)
    config = _converted("train", TrainConfig, dataclasses.asdict(recipe), settings)
    return Plan(model, model_config, config, train_source, val_source, info, started)


def _check_groups(layer: Settings) -> None:
    for group, settings in layer.items():
        check_known("group of settings", group, GROUPS)
        if not isinstance(settings, dict):
            raise ValueError(f"{group} is a group of settings, not {settings!r}; give {group}.NAME=VALUE")


def _converted(group: str, kind: type[T], base: Settings, settings: Settings) -> T:
    """What a group of settings means, over what it is without them. Raises ValueError that names the group."""
    try:
        return convert(kind, merge(base, settings.get(group, {})))
    except ValueError as error:
        raise ValueError(f"in the {group} settings, {error}") from error


def _sizes(model: str, size: ModelSize, spec: Spec) -> Settings:
    """A model's config at a preset's sizes, for data like these."""
    seen = {"image_size": spec.world.size, "classes": spec.classes, "patches_per_side": spec.patches_per_side}
    return to_json(configure(model, width=size.width, layers=size.layers, slots=size.slots, **seen))

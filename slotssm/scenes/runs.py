"""Run folders of scenes: laid out as all others (`slotssm.checkpoint`), with a learner's weights."""

from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from slotssm.checkpoint import RunError, from_json, read_config, to_json
from slotssm.scenes.learner import Learner
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.recipe import SceneTrainConfig

KIND = "scenes"  # in config.json: which trainer made the folder


@dataclass(frozen=True)
class SceneRun:
    """A trained learner (`learner.model` is the model), and the whole of its run's config.json."""

    learner: Learner
    model_name: str
    train: SceneTrainConfig
    info: dict


def load_scene_run(path: str | Path) -> SceneRun:
    """The learner of a run folder, in eval mode on the CPU. Raises RunError."""
    path = Path(path)
    info = read_config(path)
    name = info["model"]["name"]
    if info.get("kind") != KIND or name not in SCENE_MODELS:
        raise RunError(f"{path} holds no model of scenes; choose a run that was trained on scenes")
    if not isinstance(info.get("data"), dict):
        raise RunError(f"{path / 'config.json'} is damaged (it doesn't say of which data); train again or restore it")
    try:
        train = from_json(SceneTrainConfig, info["train"])
        entry = SCENE_MODELS[name]
        learner = Learner(entry.build(from_json(entry.config, info["model"]["config"])), train.task)
        learner.load_state_dict(load_file(path / "model.safetensors"))
    except FileNotFoundError:
        raise RunError(f"{path} has no model.safetensors: it has saved no weights yet; train on") from None
    except (SafetensorError, OSError, RuntimeError, KeyError, TypeError, ValueError) as e:
        first = str(e).splitlines()[0]
        raise RunError(f"the weights in {path} can't be loaded: {first}; restore the folder or train again") from None
    return SceneRun(learner.eval(), name, train, info)


def start_from(learner: Learner, trained: Learner) -> None:
    """Give a learner the weights of another, before it trains: the model's, and the head's where both have one.

    The decoder stays as it is where the snitch is learned, which draws nothing, or where other targets are drawn.
    Raises ValueError where anything else differs.
    """
    mine, theirs = learner.state_dict(), trained.state_dict()
    changed = learner.model.config.targets != trained.model.config.targets
    free = ("head.", "model.decoder.") if changed or learner.head else ("head.",)
    for name in sorted(mine.keys() | theirs.keys()):
        shapes = [tuple(w[name].shape) if name in w else None for w in (mine, theirs)]
        if shapes[0] != shapes[1] and not name.startswith(free):
            raise ValueError(
                f"can't start from these weights: {name} is {shapes[1]} there and {shapes[0]} here; "
                "choose a run of the same model and sizes"
            )
    fits = {name: w for name, w in theirs.items() if name in mine and mine[name].shape == w.shape}
    learner.load_state_dict(mine | fits)


def completed(info: dict) -> dict:
    """A run's configuration with the defaults of settings that have come since; as it is where it can't be read."""
    try:
        name, config = info["model"]["name"], info["model"]["config"]
        model = {"name": name, "config": to_json(from_json(SCENE_MODELS[name].config, config))}
        return info | {"model": model, "train": to_json(from_json(SceneTrainConfig, info["train"]))}
    except (KeyError, TypeError, ValueError):
        return info

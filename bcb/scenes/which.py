"""Is a command about scenes, or about balls? Loads no torch."""

from pathlib import Path

from generators.bucket import open_bucket
from generators.kinds import kind_name
from generators.store.splits import stored_splits


def store_is_of_scenes(data: str | None) -> bool:
    """Whether a store is of another kind than balls. False for None, and for what is no store: its reader says so."""
    if data is None:
        return False
    bucket = open_bucket(data)
    stored = stored_splits(bucket) if bucket.exists() else []
    return any(kind_name(found.plan.spec) != "balls" for found in stored)


def run_is_of_scenes(model: str) -> bool:
    """Whether a name is a run folder that was trained on scenes."""
    import json

    try:
        return json.loads((Path(model) / "config.json").read_text(encoding="utf-8")).get("kind") == "scenes"
    except (OSError, ValueError, AttributeError):
        return False


def check_trained(model: str) -> None:
    """Raise ValueError for the name of a model that is of scenes alone: none of these comes with weights."""
    from slotssm.models import MODELS
    from slotssm.scenes.models import SCENE_MODELS

    if model in SCENE_MODELS and model not in MODELS and not Path(model).exists():
        raise ValueError(
            f"no weights of {model} come with bcb; train it (bcb train --task objects --model {model} --data STORE "
            "--out RUN) and name that folder"
        )


def check_none_given(**options: object) -> None:
    """Raise ValueError where an option is given that only balls have."""
    given = [f"--{name.replace('_', '-')}" for name, value in options.items() if value not in (None, False)]
    if given:
        raise ValueError(f"{', '.join(given)}: of blinking balls alone, and this is about scenes; leave it out")

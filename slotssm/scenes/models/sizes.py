"""Sizes at which a model of scenes trains on one CPU core in about a quarter of an hour (ours)."""

from typing import Any

from slotssm.scenes.models import SCENE_MODELS


def small(name: str, *, image_size: int = 32, slots: int = 6, **others: Any) -> Any:
    """A model's config for 32² or 64². Both have 256 tokens (of SAVi++ 64 and 256), but 64² is 3 times the work.

    `others`: fields of its config. A Single State SSM has its one slot, whatever is asked.
    """
    sizes = {"image_size": image_size, "slots": slots, "features": 24, "decoder_features": 24, "width": 64}
    sizes["downsampling"] = max(2, image_size // 16)
    if name == "savi++":
        sizes |= {"features": 16, "downsampling": 4}
    if name == "single":
        del sizes["slots"]
    return SCENE_MODELS[name].config(**sizes | others)

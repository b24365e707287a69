"""Sizes that make models comparable: the same encoder and decoder, and as many parameters as a SlotSSM has."""

import bisect
import functools
import math
from dataclasses import fields, replace
from typing import Any

import torch

from slotssm.models import MODELS, ModelEntry

MOST = 4  # times its first value: so far a knob is turned


def configure(name: str, *, width: int, layers: int, slots: int, **data: int) -> Any:
    """A model's config at sizes in everyone's words, its knob turned to match a SlotSSM of the same sizes.

    `data`: image_size, classes, patches_per_side. A config takes the sizes that it has; `hidden` starts as the width.
    """
    entry, slotssm = MODELS[name], MODELS["slotssm"]
    sizes = data | {"width": width, "layers": layers, "slots": slots}
    config = _fitted(entry, sizes)
    return config if entry.knob is None else match(entry, config, count_parameters(slotssm, _fitted(slotssm, sizes)))


def match(entry: ModelEntry, config: Any, parameters: int) -> Any:
    """`config` with the entry's knob where the model's parameters come nearest to so many."""
    knob = str(entry.knob)
    step = math.lcm(8, config.heads) if knob == "hidden" else 1
    values = range(step, MOST * getattr(config, knob) + 1, step)

    @functools.cache
    def count(value: int) -> int:
        return count_parameters(entry, replace(config, **{knob: value}))

    above = bisect.bisect_left(values, parameters, key=count)
    near = values[max(0, above - 1) : above + 1]
    return replace(config, **{knob: min(near, key=lambda value: abs(count(value) - parameters))})


def count_parameters(entry: ModelEntry, config: Any) -> int:
    """How many numbers the model learns."""
    with torch.device("meta"):  # shapes alone
        return sum(p.numel() for p in entry.build(config).parameters())


def _fitted(entry: ModelEntry, sizes: dict[str, int]) -> Any:
    """The sizes that a config has, in its own form: SlotSSM counts slots by layer, of RIM's 4 of 6 are active."""
    has = {field.name: field.default for field in fields(entry.config)}
    own: dict[str, Any] = sizes | {"hidden": sizes["width"], "active": round(sizes["slots"] * 2 / 3)}
    if isinstance(has.get("slots"), tuple):
        own["slots"] = (sizes["slots"],) * sizes["layers"]
    return entry.config(**{name: value for name, value in own.items() if name in has})

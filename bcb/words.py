"""A dataset in words: what tells it from others, for titles of figures and tables."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from generators.fields import KNOB
from generators.spec import Spec
from generators.worlds import World


def data_words(spec: Spec) -> list[str]:
    """World, colours, seed and the knobs that are turned; what is as in most worlds is left out."""
    side = spec.patches_per_side
    return [
        *world_words(spec.world),
        f"{spec.colors} colours",
        *([f"{side}×{side} patches"] if side > 1 else []),
        *([f"seed {spec.seed}"] if spec.seed else []),
        *(f"{name} {_text(value)}" for name, value in spec.knobs.items()),
    ]


def world_words(world: World) -> list[str]:
    """`32×32 pixels`, `3 balls`, and every other field that is not at its default, but for knobs."""
    found = [f"{world.size}×{world.size} pixels", f"{world.balls} balls"]
    return found + [f"{name} {_text(value)}" for name, value in _unusual(world)]


def _unusual(world: World) -> Iterator[tuple[str, Any]]:
    for field in fields(world):
        value = getattr(world, field.name)
        if field.name not in ("size", "balls", "name") and KNOB not in field.metadata and value != field.default:
            yield field.name, value


def _text(value: Any) -> str:
    """A range as `1–2`, and as `3.5` where its ends are one."""
    if isinstance(value, tuple) and all(isinstance(part, int | float) for part in value):
        return "–".join(f"{part:g}" for part in dict.fromkeys(value)) if len(value) == 2 else f"{value}"
    return f"{value:g}" if isinstance(value, float) else f"{value}"

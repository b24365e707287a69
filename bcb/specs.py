"""Which spec a user's options mean: one place for `generate`, `train` and `evaluate`."""

import dataclasses
import json
import math

from bcb.config import Settings, given, merge
from bcb.presets import PRESETS
from bcb.tasks import TASKS, task_of
from generators.lengths import resolve_length
from generators.spec import Spec, parse_spec
from generators.worlds.bouncing import MIN_RADIUS


@dataclasses.dataclass(frozen=True)
class SpecFlags:
    """The flags that describe a dataset; None where the user gave none."""

    preset: str | None = None
    rule: str | None = None
    length: int | None = None
    context_frames: int | None = None
    patches: int | None = None
    balls: int | None = None
    size: int | None = None
    colors: int | None = None
    seed: int | None = None
    task: str | None = None


def spec_from(flags: SpecFlags, config: Settings | None = None, sets: Settings | None = None) -> Spec:
    """Preset < config file < flags < --set. Raises ValueError for whatever can't be.

    A size given without radius or speed scales both: a ball keeps its share of the image.
    """
    preset = flags.preset or (TASKS[flags.task].preset if flags.task else None)
    base = PRESETS[preset].spec() if preset else Spec()
    config, sets = config or {}, sets or {}
    written = merge(config, _flag_settings(flags, merge(_settings(base), config)), sets)
    spec = parse_spec(json.dumps(merge(_settings(base), _scaled(base, written), written)))
    task_of(spec, flags.task)
    return spec


def with_frames(spec: Spec, length: int | None, context_frames: int | None, patches: int | None) -> Spec:
    """The same dataset with other frames or patches; what is not given stays, unless a length decides it."""
    if length is None and context_frames is None and patches is None:
        return spec
    frames, side = _frames(length, context_frames, patches, spec.context_frames, spec.patches_per_side)
    return dataclasses.replace(spec, context_frames=frames, patches_per_side=side)


def _flag_settings(flags: SpecFlags, below: Settings) -> Settings:
    settings = given(rule=flags.rule, colors=flags.colors, seed=flags.seed)
    if world := given(balls=flags.balls, size=flags.size):
        settings["world"] = world
    if flags.length or flags.context_frames or flags.patches:
        frames, side = _frames(
            flags.length, flags.context_frames, flags.patches, below["context_frames"], below["patches_per_side"]
        )
        settings |= {"context_frames": frames, "patches_per_side": side}
    return settings


def _frames(
    length: int | None, context_frames: int | None, patches: int | None, base_frames: int, base_patches: int
) -> tuple[int, int]:
    if length is None:
        return context_frames or base_frames, patches or base_patches
    return resolve_length(length, context_frames, patches)


def _scaled(base: Spec, written: Settings) -> Settings:
    world = written.get("world", {})
    size = world.get("size") if isinstance(world, dict) else None
    if not isinstance(size, int) or size == base.world.size:
        return {}
    scale = size / base.world.size
    if "radius" not in world and scale * base.world.radius[0] < MIN_RADIUS and size > 0:
        least = math.ceil(MIN_RADIUS * base.world.size / base.world.radius[0])
        raise ValueError(
            f"in an image of {size} pixels the balls would be too small to see; take --size {least} or more, "
            "or say how large they are: --set world.radius=[1.5,2]"
        )
    ranges = {"radius": base.world.radius, "speed": base.world.speed}
    return {"world": {name: [scale * v for v in value] for name, value in ranges.items()}}


def _settings(spec: Spec) -> Settings:
    return json.loads(spec.to_json())

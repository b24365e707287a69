"""Which spec a user's options mean where they are of scenes; `specs.py` is their sibling of balls."""

import json

from bcb.config import Settings, given, merge
from bcb.presets import SCENE_PRESETS
from bcb.scenes.tasks import SCENE_TASKS
from bcb.specs import SpecFlags, spec_from
from generators.fields import choice
from generators.kinds import AnySpec
from generators.scenes.spec import SceneSpec, parse_scene_spec
from generators.scenes.worlds import SCENE_WORLDS

MADE = ("balls", "scenes")
OF_BALLS = ("rule", "length", "context_frames", "patches", "balls", "colors")


def any_spec_from(flags: SpecFlags, config: Settings | None = None, sets: Settings | None = None) -> AnySpec:
    """The spec of scenes where the preset, the task or the settings say so, else that of balls. Raises ValueError."""
    kind = merge(config or {}, sets or {}).get("kind", "balls")
    if flags.preset in SCENE_PRESETS or flags.task in SCENE_TASKS or choice("kind", kind, MADE) == "scenes":
        return scene_spec_from(flags, config, sets)
    return spec_from(flags, config, sets)


def scene_spec_from(flags: SpecFlags, config: Settings | None = None, sets: Settings | None = None) -> SceneSpec:
    """Preset < config file < flags < --set. Raises ValueError for whatever can't be."""
    wrong = next((name for name in OF_BALLS if getattr(flags, name) is not None), None)
    if wrong:
        raise ValueError(
            f"--{wrong.replace('_', '-')} is of blinking balls; scenes take --seed, --size and --set, "
            "as in --set frames=12 --set world.objects=[3,5]"
        )
    if flags.preset is not None and flags.preset not in SCENE_PRESETS:
        raise ValueError(f"preset {flags.preset} is of blinking balls; of scenes there are: {', '.join(SCENE_PRESETS)}")
    if flags.task is not None and flags.task not in SCENE_TASKS:
        raise ValueError(f"--task {flags.task} is of blinking balls; on scenes there are: {', '.join(SCENE_TASKS)}")
    preset = flags.preset or (SCENE_TASKS[flags.task].preset if flags.task else None)
    base = SCENE_PRESETS[preset].spec() if preset else SceneSpec()
    size = {"world": {"size": flags.size}} if flags.size is not None else {}
    written = merge(config or {}, given(seed=flags.seed), size, sets or {})
    world = written.get("world")
    name = world.get("name", base.world.name) if isinstance(world, dict) else base.world.name
    if name != base.world.name and name in SCENE_WORLDS:  # nothing of the other world is left
        base = SceneSpec(world=SCENE_WORLDS[name](), frames=base.frames)
    spec = parse_scene_spec(json.dumps(merge(json.loads(base.to_json()), written)))
    if flags.task == "snitch" and spec.world.name != "snitch":
        raise ValueError(f"--task snitch is of the world snitch, and this is {spec.world.name}; choose --preset snitch")
    return spec

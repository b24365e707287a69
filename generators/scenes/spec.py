"""The spec of scenes: the whole description of such a dataset, as `generators.spec` is of blinking balls."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal

from generators.convert import convert
from generators.fields import choice, plain, whole_number
from generators.scenes.looks import COLORS
from generators.scenes.worlds import SCENE_WORLDS, SceneWorld, TossedWorld

MAX_FRAMES = 10_000


@dataclass(frozen=True)
class SceneSpec:
    """A dataset of scenes: a world, a number of frames and a seed.

    kind:    "scenes", which tells such a spec from one of blinking balls.
    world:   what moves, how, and what it looks like; its `size` is the side of the images in pixels.
    frames:  of an episode, 10,000 at the most, for an episode is made in memory; every one is seen, there is no target.
    seed:    of every random stream of the dataset.
    version: of the generator; a change of any bit of any episode raises it.
    Raises ValueError when a field is wrong or they don't go together.
    """

    kind: Literal["scenes"] = "scenes"
    world: SceneWorld = field(default_factory=TossedWorld)
    frames: int = 24
    seed: int = 0
    version: int = 1

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        def settle(name: str, low: int, *high: int) -> None:
            object.__setattr__(self, name, whole_number(name, getattr(self, name), low, *high))  # frozen from here on

        choice("kind", self.kind, ("scenes",))
        settle("frames", 1, MAX_FRAMES)
        settle("seed", 0)
        settle("version", 0)
        if self.version != 1:
            raise ValueError(f"this bcb makes version 1 of the dataset, not {self.version}")
        if not isinstance(self.world, SceneWorld):
            names = ", ".join(w.__name__ for w in SCENE_WORLDS.values())
            raise ValueError(f"world is {self.world!r}; it must be one of {names}")
        self.world.check_frames(self.frames)

    @property
    def attributes(self) -> dict[str, Any]:
        """What a store's attributes say besides the spec: names of shapes, colours and materials, and the camera."""
        return {
            "shapes": list(self.world.shapes),
            "colors": {name: list(COLORS[name]) for name in self.world.colors},
            "materials": list(self.world.materials),
            "camera": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self.world.camera).items()},
        }

    def first(self, frames: int) -> "SceneSpec":
        """The spec whose episodes are the beginnings of these.

        Raises ValueError where there is none, for the world looks at how an episode ends.
        """
        assert frames <= self.frames, (self, frames)
        if frames < self.frames and not self.world.open_ended:
            raise ValueError("what is hidden at the end is no beginning of anything; take all frames")
        return replace(self, frames=frames)

    def to_json(self) -> str:
        """The canonical JSON: sorted keys, no spaces, no knob that is at its default."""
        return json.dumps(plain(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def parse_scene_spec(data: str | Mapping[str, Any]) -> SceneSpec:
    """The spec of a dict or JSON text (`SceneSpec.to_json`, a store's attribute). Raises ValueError as `convert`."""
    return convert(SceneSpec, data)

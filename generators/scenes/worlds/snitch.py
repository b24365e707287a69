"""World `snitch`: where is the snitch, after cones have covered it and gone off with it? (CATER, arXiv 1910.04744)"""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from generators.fields import choice, whole_number
from generators.scenes.camera import Camera
from generators.scenes.fields import MAX_OBJECTS, MAX_PIXELS, MIN_PIXELS, metres, span
from generators.scenes.looks import CLEVR, FLOOR, MATERIALS, SKY
from generators.scenes.motion import SnitchMotion
from generators.scenes.worlds.choreography import ROOM
from generators.scenes.worlds.direction import Reel, choices, direct, direct_hidden
from generators.scenes.worlds.paths import GAP, ROUND, WIDE
from generators.scenes.worlds.stage import FITS, SNITCH, Stage

SNITCH_SIZE = 0.3  # metres
TRIES, REDRAWS = 100, 1000


@dataclass(frozen=True)
class SnitchWorld:
    """Objects that slide, jump, turn and cover each other on a plane; 24 frames a second.

    objects: the least and the most of them, the snitch among them, 2 to 16; how many is drawn uniformly. Object 0 is
             the snitch, then come `cones`; of the others shape, size, colour and material are drawn.
    size:    side of the square image, pixels; 16 to 256.
    sizes:   what sizes are drawn from, metres; one of them must do for a cone over the snitch, which is of size 0.3.
    cones:   how many of the objects are cones that the snitch fits under, at least; CATER has two.
    hidden:  for how many of the last frames the snitch is under a cone, from least to most, each tried as often; it is
             uncovered in the first frame and in clear view before that cone comes down. In the last frame it could be
             under any of `cones` cones, by the looks of it, so that who sees that frame alone can only guess.
             None for whatever comes; then all that moves rests in the last frame.
    camera:  where pictures are taken from.
    Raises ValueError when a field is wrong.
    """

    objects: tuple[int, int] = (5, 10)
    size: int = 64
    sizes: tuple[float, ...] = (0.25, 0.5, 0.75)
    cones: int = 2
    hidden: tuple[int, int] | None = None
    camera: Camera = field(default_factory=lambda: Camera((8.0, -6.0, 6.2), (0.0, 0.0, 0.6), 46.0))
    name: Literal["snitch"] = "snitch"

    fps: ClassVar[int] = 24
    shapes: ClassVar[tuple[str, ...]] = ("snitch", "cone", "box", "cylinder", "sphere")
    colors: ClassVar[tuple[str, ...]] = ("gold", *CLEVR)
    materials: ClassVar[tuple[str, ...]] = MATERIALS
    open_ended: ClassVar[bool] = False  # all looks at how an episode ends
    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)  # frozen from here on

        settle("objects", span("objects", self.objects, 2, MAX_OBJECTS))
        settle("size", whole_number("size", self.size, MIN_PIXELS, MAX_PIXELS))
        settle("sizes", metres("sizes", self.sizes))
        if not self._covers:
            raise ValueError(
                f"sizes is {self.sizes}; a cone over the snitch must be {SNITCH_SIZE / FITS['snitch']:.3g}"
            )
        settle("cones", whole_number("cones", self.cones, 1, MAX_OBJECTS - 1))
        if self.objects[0] <= self.cones:
            raise ValueError(
                f"objects is {self.objects}, and a snitch and {self.cones} cones are {self.cones + 1}; "
                "take more objects or fewer cones"
            )
        if self.hidden is not None:
            settle("hidden", span("hidden", self.hidden, 1, 10**6))
        choice("world", self.name, ("snitch",))
        if not isinstance(self.camera, Camera):
            raise ValueError(f"camera is {self.camera!r}; it must be a Camera")

    @property
    def most(self) -> int:
        """The rows that an episode's objects take in a store."""
        return self.objects[1]

    @property
    def _covers(self) -> list[float]:
        return [size for size in self.sizes if size * FITS["snitch"] >= SNITCH_SIZE]

    def check_frames(self, frames: int) -> None:
        """Raise ValueError where an episode is too short for the snitch to be seen before it is hidden."""
        if self.hidden is not None and self.hidden[1] > frames - ROUND:
            raise ValueError(f"hidden is {self.hidden}; of {frames} frames it can be {frames - ROUND} at most")

    def simulate(self, frames: int, rng: np.random.Generator) -> SnitchMotion:
        """The motion of `frames` frames, pure but for the draws from `rng`."""
        frames = whole_number("frames", frames, 1)
        self.check_frames(frames)
        for _ in range(REDRAWS):
            if (cast := self._cast(rng)) is None:
                continue
            stage, color, material = cast
            if self.hidden is None:
                reel = direct(stage, frames, rng)
            else:
                hidden = int(rng.integers(self.hidden[0], self.hidden[1] + 1))
                reel = direct_hidden(stage, frames, hidden, self.camera.position, rng)
                if reel is not None and choices(stage, reel.position[-1]) < self.cones:
                    continue
            if reel is not None:
                return self._motion(stage, reel, color, material)
        raise ValueError(
            f"objects {self.objects} of sizes {self.sizes}, {self.cones} cones among them, leave the snitch no way; "
            "take fewer or smaller"
        )

    def _cast(self, rng: np.random.Generator) -> tuple[Stage, np.ndarray, np.ndarray] | None:
        """Objects at rest, their colours and materials; None where one finds no place."""
        count = int(rng.integers(self.objects[0], self.objects[1] + 1))
        free = count - 1 - self.cones
        shape = ["snitch", *["cone"] * self.cones, *(self.shapes[k] for k in rng.integers(1, len(self.shapes), free))]
        # Stored as float32, and those very values are moved and drawn.
        drawn = [SNITCH_SIZE, *rng.choice(self._covers, self.cones), *rng.choice(self.sizes, free)]
        size = np.array(drawn, np.float32).astype(np.float64)
        color = np.append(0, rng.integers(1, len(self.colors), count - 1))
        material = np.append(MATERIALS.index("metal"), rng.integers(len(MATERIALS), size=count - 1))
        yaw = rng.uniform(0, 2 * np.pi, count)
        quaternion = np.stack([np.cos(yaw / 2), 0 * yaw, 0 * yaw, np.sin(yaw / 2)], axis=1)
        wide, placed = size * [WIDE[name] for name in shape], np.empty((0, 2))
        for own in wide:
            for spot in rng.uniform(-ROOM, ROOM, (TRIES, 2)):
                if np.all(np.linalg.norm(placed - spot, axis=1) > wide[: len(placed)] + own + GAP):
                    placed = np.append(placed, [spot], axis=0)
                    break
            else:
                return None
        position = np.column_stack([placed, size])  # every shape stands as high as it is large
        return Stage(shape, size, position, quaternion, [[k] for k in range(count)]), color, material

    def _motion(self, stage: Stage, reel: Reel, color: np.ndarray, material: np.ndarray) -> SnitchMotion:
        position = reel.position.astype(np.float32)
        moved = np.diff(position.astype(np.float64), axis=0, prepend=position[:1])
        under = reel.cover != -1
        carried = under & np.append(False, under[:-1]) & (moved[:, SNITCH] != 0).any(axis=1)
        count = len(stage.shape)
        return SnitchMotion(
            position=position,
            velocity=(moved * self.fps).astype(np.float32),
            quaternion=reel.quaternion.astype(np.float32),
            angular_velocity=(reel.spin * self.fps).astype(np.float32),
            contact=np.zeros((len(position), count, count), np.uint8),  # cones carry without touching
            shape=np.array([self.shapes.index(name) for name in stage.shape], np.uint8),
            color=color.astype(np.uint8),
            material=material.astype(np.uint8),
            size=stage.size.astype(np.float32),
            floor=np.array(FLOOR, np.uint8),
            sky=np.array(SKY, np.uint8),
            covered_by=reel.cover.astype(np.int16),
            carried=carried.astype(np.uint8),
        )

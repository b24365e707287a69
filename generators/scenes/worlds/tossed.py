"""World `tossed`: rigid bodies tossed on a floor towards the middle, as in MOVi-A and MOVi-B (arXiv 2203.03570)."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from generators.fields import choice, whole_number
from generators.scenes.camera import Camera
from generators.scenes.fields import MAX_OBJECTS, MAX_PIXELS, MIN_PIXELS, chosen, metres, span
from generators.scenes.looks import CLEVR, COLORS, FLOOR, MATERIALS, REACH, SHAPES, SKY
from generators.scenes.motion import Motion
from generators.scenes.worlds.physics import play

ROOM, HEIGHT = 5.0, (1.0, 5.0)  # metres: starts lie so far from the middle along x and y, and so high (MOVi)
PUSH = 4.0  # m/s along x and y, besides what leads to the middle (MOVi)
TRIES, RESTARTS = 100, 1000
BACKDROPS = ("plain", "random")


@dataclass(frozen=True)
class TossedWorld:
    """Objects tossed on a floor; 12 frames a second. Defaults are MOVi-A's.

    objects:   the least and the most of them, 1 to 16; how many is drawn uniformly.
    size:      side of the square image, pixels; 16 to 256.
    shapes, sizes, colors, materials: what is drawn from uniformly, for each object by itself; sizes in metres,
               0.1 to 0.8, half the extent of a unit shape (`generators.scenes.looks`).
    backdrop:  "plain" (a grey floor), or "random" (each episode draws the colours of its floor and its sky).
    camera:    where pictures are taken from.
    Raises ValueError when a field is wrong.
    """

    objects: tuple[int, int] = (3, 10)
    size: int = 64
    shapes: tuple[str, ...] = ("sphere", "box", "cylinder")
    sizes: tuple[float, ...] = (0.35, 0.7)
    colors: tuple[str, ...] = CLEVR
    materials: tuple[str, ...] = MATERIALS
    backdrop: Literal["plain", "random"] = "plain"
    camera: Camera = field(default_factory=Camera)
    name: Literal["tossed"] = "tossed"

    fps: ClassVar[int] = 12
    open_ended: ClassVar[bool] = True  # a shorter episode is the beginning of a longer one
    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        def settle(name: str, value: object) -> None:
            object.__setattr__(self, name, value)  # frozen from here on

        settle("objects", span("objects", self.objects, 1, MAX_OBJECTS))
        settle("size", whole_number("size", self.size, MIN_PIXELS, MAX_PIXELS))
        settle("shapes", chosen("shapes", self.shapes, SHAPES[:6]))
        settle("sizes", metres("sizes", self.sizes))
        settle("colors", chosen("colors", self.colors, tuple(COLORS)))
        settle("materials", chosen("materials", self.materials, MATERIALS))
        choice("backdrop", self.backdrop, BACKDROPS)
        choice("world", self.name, ("tossed",))
        if not isinstance(self.camera, Camera):
            raise ValueError(f"camera is {self.camera!r}; it must be a Camera")

    @property
    def most(self) -> int:
        """The rows that an episode's objects take in a store."""
        return self.objects[1]

    def check_frames(self, frames: int) -> None:
        """Any number of frames will do."""

    def simulate(self, frames: int, rng: np.random.Generator) -> Motion:
        """The motion of `frames` frames; that of fewer frames is its beginning. Pure but for the draws from `rng`."""
        frames = whole_number("frames", frames, 1)
        shape, size, position = self._place(rng)
        count = len(shape)
        color, material = rng.integers(len(self.colors), size=count), rng.integers(len(self.materials), size=count)
        quaternion = rng.normal(size=(count, 4))
        quaternion /= np.linalg.norm(quaternion, axis=1, keepdims=True)
        velocity = rng.uniform((-PUSH, -PUSH, 0), (PUSH, PUSH, 0), (count, 3)) - position * (1, 1, 0)
        floor, sky = np.array(FLOOR), np.array(SKY)
        if self.backdrop == "random":
            floor, sky = rng.integers(60, 220, 3), rng.integers(100, 256, 3)
        bodies = [(self.shapes[s], float(r), self.materials[m]) for s, r, m in zip(shape, size, material, strict=True)]
        tracks = play(bodies, position, quaternion, velocity, frames, self.fps)
        whole = {"shape": shape, "color": color, "material": material, "floor": floor, "sky": sky}
        return Motion(*tracks, size=size.astype(np.float32), **{k: v.astype(np.uint8) for k, v in whole.items()})

    def _place(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Shapes (indices), sizes and first positions of objects whose bounding spheres are apart."""
        for _ in range(RESTARTS):
            count = int(rng.integers(self.objects[0], self.objects[1] + 1))
            shape = rng.integers(len(self.shapes), size=count)
            # Stored as float32, and those very values are simulated and drawn.
            size = rng.choice(np.array(self.sizes, np.float32), count).astype(np.float64)
            reach = size * [REACH[self.shapes[s]] for s in shape]
            placed = np.empty((0, 3))
            for own in reach:
                low, high = (-ROOM, -ROOM, max(HEIGHT[0], own)), (ROOM, ROOM, HEIGHT[1])
                for spot in rng.uniform(low, high, (TRIES, 3)):
                    if np.all(np.linalg.norm(placed - spot, axis=1) > reach[: len(placed)] + own):
                        placed = np.append(placed, [spot], axis=0)
                        break
                else:
                    break
            else:
                return shape, size, placed
        raise ValueError(f"{self.objects[1]} objects of these sizes don't fit at random; take fewer or smaller ones")


TOSSED_A = TossedWorld()
TOSSED_B = TossedWorld(
    shapes=("sphere", "box", "cylinder", "capsule", "ellipsoid"),
    sizes=(0.45, 0.6, 0.75),
    colors=tuple(COLORS)[:16],
    backdrop="random",
    camera=Camera(position=(8.6, -6.2, 3.4), target=(0.0, 0.0, 0.6)),
)

"""Kind `scenes`: rigid bodies in three dimensions, what `generators.scenes.spec` describes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.kinds.kind import Arrays, Field, Label, Whole
from generators.scenes.spec import SceneSpec, parse_scene_spec

if TYPE_CHECKING:
    from generators.scenes.episode import Scene

CELLS = 36
NO_OBJECT = 255  # in shape, color and material

TIME, OBJECT = ("episode", "time"), ("episode", "object")
ARRAYS = {
    # Pictures may have any value, but none is all white. Drivers round what they shade differently.
    "rgb": Field("uint8", (*TIME, "y", "x", "rgb"), 255, within=2),
    "segmentation": Field("uint8", (*TIME, "y", "x"), 255),
    "depth": Field("float32", (*TIME, "y", "x"), "NaN"),
    "position": Field("float32", (*TIME, "object", "xyz"), "NaN"),
    "velocity": Field("float32", (*TIME, "object", "xyz"), "NaN"),
    "quaternion": Field("float32", (*TIME, "object", "wxyz"), "NaN"),
    "angular_velocity": Field("float32", (*TIME, "object", "xyz"), "NaN"),
    "visibility": Field("uint16", (*TIME, "object"), 65535),
    "contact": Field("uint8", (*TIME, "object", "other"), 255),
    "shape": Field("uint8", OBJECT, 254),
    "color": Field("uint8", OBJECT, 254),
    "material": Field("uint8", OBJECT, 254),
    "size": Field("float32", OBJECT, "NaN"),
}
OF_SNITCH = {
    "cell": Field("uint8", TIME, 255),
    "snitch_visible": Field("uint8", TIME, 255),
    "covered_by": Field("int16", TIME, -32768),
    "carried": Field("uint8", TIME, 255),
    "hidden_frames": Field("uint16", ("episode",), 65535, final=True),
}
SEEN = ("rgb", "segmentation", "depth")  # the arrays that are large


@dataclass(frozen=True)
class Scenes:
    """Rigid bodies in three dimensions, with segmentation and depth."""

    physics: str = "mujoco"
    command: str = "bcb generate"

    def parse(self, data: str | Mapping[str, Any]) -> SceneSpec:
        return parse_scene_spec(data)

    def arrays(self, spec: SceneSpec) -> Mapping[str, Field]:
        return ARRAYS | OF_SNITCH if spec.world.name == "snitch" else ARRAYS

    def sizes(self, spec: SceneSpec) -> Mapping[str, int]:
        side, most = spec.world.size, spec.world.most
        sizes = {"time": spec.frames, "y": side, "x": side, "rgb": 3, "xyz": 3, "wxyz": 4}
        return sizes | {"object": most, "other": most}

    def attributes(self, spec: SceneSpec) -> dict[str, Any]:
        return spec.attributes

    def beginning(self, spec: SceneSpec, frames: int) -> SceneSpec:
        return spec.first(min(spec.frames, frames)) if spec.world.open_ended else spec

    def batch(self, spec: SceneSpec) -> int:
        return 1

    def make(self, spec: SceneSpec, split: str, index: int) -> Whole:
        from generators.scenes.episode import make_scene

        scene = make_scene(spec, split, index)
        return Whole({field.name: getattr(scene, field.name) for field in fields(scene)})

    def problems(self, spec: SceneSpec, stored: Arrays, whole: bool) -> Iterator[str]:
        """Every number in its range, and the snitch's labels against the tracks; of the whole, rays cast at solids."""
        from generators.scenes.check import problems
        from generators.scenes.snitch_oracle import snitch_truth

        there = {name: stored.read(name) for name in self.arrays(spec) if whole or name not in SEEN}
        wrong = list(_out_of_range(spec, there))
        if wrong:  # the oracle takes numbers for what they should be
            yield from wrong
        elif whole:
            yield from problems(there, spec.attributes, spec.world.fps)
        elif "cell" in there:
            count = int((there["shape"] != NO_OBJECT).sum())
            position, quaternion = (there[name][:, :count] for name in ("position", "quaternion"))
            shape = [spec.world.shapes[k] for k in there["shape"][:count]]
            seen = (there["visibility"][:, :1, None] > 0).astype(np.uint8)  # as a picture of one pixel
            truth = snitch_truth(position, quaternion, shape, there["size"][:count], seen)
            yield from (f"{name}: isn't what the arrays say" for name in truth if (there[name] != truth[name]).any())

    def episode(self, values: dict[str, np.ndarray]) -> "Scene":
        from generators.scenes.episode import Scene, SnitchScene

        return SnitchScene(**values) if "cell" in values else Scene(**values)

    def length(self, spec: SceneSpec) -> int:
        return spec.frames

    def title(self, spec: SceneSpec) -> str:
        return f"{spec.world.name}-{spec.frames}"

    def summary(self, spec: SceneSpec) -> list[str]:
        world = spec.world
        least, most = world.objects
        sizes = ", ".join(f"{size:g}" for size in world.sizes)
        lines = [
            f"world {world.name}, {spec.frames} frames, seed {spec.seed}",
            f"pictures of {world.size}×{world.size} pixels; {least} to {most} objects of {sizes} m",
            f"{', '.join(world.shapes)}; {', '.join(world.materials)}; {len(world.colors)} colours",
        ]
        hidden = getattr(world, "hidden", None)
        return lines + ([f"the snitch is hidden in the last {hidden[0]} to {hidden[1]} frames"] if hidden else [])

    def label(self, spec: SceneSpec) -> Label | None:
        """Of world `snitch` the cell in which it ends."""
        if spec.world.name != "snitch":
            return None
        return Label("cell", "share of each last cell", "cell", tuple(str(cell) for cell in range(CELLS)))


def _out_of_range(spec: SceneSpec, there: Mapping[str, np.ndarray]) -> Iterator[str]:
    """The arrays whose numbers stand for nothing."""
    count = int((there["shape"] != NO_OBJECT).sum())
    if not spec.world.objects[0] <= count <= spec.world.objects[1]:
        yield f"shape: has {count} objects, not {spec.world.objects[0]} to {spec.world.objects[1]}"
    for name, names in (("shape", spec.world.shapes), ("color", spec.world.colors), ("material", spec.world.materials)):
        if (there[name][:count] >= len(names)).any() or (there[name][count:] != NO_OBJECT).any():
            yield f"{name}: holds what isn't one of {name}s, or not as many as objects"
    if not (there["size"][:count] > 0).all():
        yield "size: isn't above 0"
    yield from (f"{name}: isn't finite" for name, array in there.items() if not np.isfinite(array).all())

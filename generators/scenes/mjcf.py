"""MuJoCo's XML of a scene, from which both physics and pictures are made."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from generators.scenes.camera import FAR, Camera

NEAR = 0.1  # metres
SLICES, STACKS = 48, 24  # of what is round: fine enough that depth is right to a thousandth
GRAVITY = 9.81  # m/s²
# Density in kg/m³, as MOVi has it. Friction: of two that touch the larger counts. Contacts are springs (1/s²) with a
# damper (1/s); rubber has less of it and so bounces higher.
PHYSICS = {
    "rubber": 'density="1100" friction="0.5 0.01 0.003" solref="-160000 -120"',
    "metal": 'density="2700" friction="0.3 0.01 0.003" solref="-160000 -320"',
}
LOOKS = {
    "rubber": 'specular="0" shininess="0"',
    "metal": 'specular="1" shininess="0.3"',
}
GEOMS = {  # of the unit shapes, times the size
    "sphere": lambda s: f'type="sphere" size="{s!r}"',
    "snitch": lambda s: f'type="sphere" size="{s!r}"',
    "box": lambda s: f'type="box" size="{s!r} {s!r} {s!r}"',
    "cylinder": lambda s: f'type="cylinder" size="{s!r} {s!r}"',
    "capsule": lambda s: f'type="capsule" size="{s / 2!r} {s / 2!r}"',
    "ellipsoid": lambda s: f'type="ellipsoid" size="{s!r} {0.75 * s!r} {0.5 * s!r}"',
}


def mjcf(objects: Sequence[tuple[str, float, tuple[int, ...], str]], **scene: Any) -> str:
    """MuJoCo's XML of a scene: geom 0 is the floor, geom and body k + 1 are object k, each with a free joint.

    objects: (shape, size in metres, RGB, material) of each.   scene: as `_stage` takes it.
    """
    meshes, bodies = [], []
    for k, (shape, size, rgb, material) in enumerate(objects):
        if shape == "cone":
            meshes.append(_cone(f"cone{k}", size))
        geom = f'type="mesh" mesh="cone{k}"' if shape == "cone" else GEOMS[shape](size)
        looks = f'material="{material}" rgba="{_rgba(rgb)}" {PHYSICS[material]}'
        bodies.append(f'<body pos="0 0 {10 * k + 10}"><freejoint/><geom {geom} condim="6" {looks}/></body>')
    return _stage("".join(meshes), "".join(bodies), **scene)


def _stage(
    meshes: str, bodies: str, *, camera: Camera, pixels: int, timestep: float, floor: Sequence[int], sky: Sequence[int]
) -> str:
    right, up, _ = camera.axes
    materials = "".join(f'<material name="{name}" {looks}/>' for name, looks in LOOKS.items())
    return f"""<mujoco>
<option timestep="{timestep!r}" gravity="0 0 {-GRAVITY!r}" cone="elliptic"/>
<statistic extent="1" center="0 0 0"/>
<visual>
  <global offwidth="{pixels}" offheight="{pixels}"/>
  <quality numslices="{SLICES}" numstacks="{STACKS}" shadowsize="512" offsamples="4"/>
  <map znear="{NEAR}" zfar="{FAR}" shadowclip="12" shadowscale="0.9"/>
  <headlight ambient="0.35 0.35 0.35" diffuse="0.25 0.25 0.25" specular="0.4 0.4 0.4"/>
</visual>
<asset>
  <texture type="skybox" builtin="flat" rgb1="{_rgb(sky)}" rgb2="{_rgb(sky)}" width="8" height="48"/>
  {materials}{meshes}
</asset>
<worldbody>
  <light directional="true" pos="3 -8 12" dir="-0.25 0.66 -1" diffuse="0.6 0.6 0.6" specular="0.9 0.9 0.9"/>
  <camera name="eye" pos="{_row(camera.position)}" xyaxes="{_row(right)} {_row(up)}" fovy="{camera.fovy!r}"/>
  <geom type="plane" size="0 0 1" rgba="{_rgba(floor)}" friction="0.3 0.01 0.003" solref="-160000 -120"/>
  {bodies}
</worldbody>
</mujoco>"""


def _cone(name: str, size: float) -> str:
    """A cone as a mesh: a tip, and a base whose corners lie on the circle."""
    turns = [2 * math.pi * k / SLICES for k in range(SLICES)]
    rim = " ".join(f"{size * math.cos(a)!r} {size * math.sin(a)!r} {-size!r}" for a in turns)
    return f'<mesh name="{name}" vertex="0 0 {size!r} {rim}"/>'


def _row(values: Sequence[float] | np.ndarray) -> str:
    return " ".join(repr(float(value)) for value in values)


def _rgb(color: Sequence[int]) -> str:
    return _row([int(c) / 255 for c in color])


def _rgba(color: Sequence[int]) -> str:
    return f"{_rgb(color)} 1"

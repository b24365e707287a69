"""A scene played in one compiled loop, which calls the C functions inside pymunk by their addresses.

It makes pymunk's own calls in pymunk's own order, so it gives the same bits, but no object of Python's for each.
These functions are no public part of pymunk: where they are not as expected, `functions` gives None.
"""

import math
import platform
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from generators.jit import compiled
from generators.worlds.scene import Scene

# Elsewhere, as under Windows, a point (cpVect) may be passed in another way than as two doubles in registers.
PROCESSORS = ("x86_64", "amd64", "aarch64", "arm64")
DECLARED = {
    "cpSpaceNew": "struct cpSpace *(*)()",
    "cpSpaceFree": "void(*)(struct cpSpace *)",
    "cpSpaceSetIterations": "void(*)(struct cpSpace *, int)",
    "cpSpaceSetCollisionSlop": "void(*)(struct cpSpace *, double)",
    "cpSpaceGetStaticBody": "struct cpBody *(*)(struct cpSpace *)",
    "cpSpaceAddBody": "struct cpBody *(*)(struct cpSpace *, struct cpBody *)",
    "cpSpaceAddShape": "struct cpShape *(*)(struct cpSpace *, struct cpShape *)",
    "cpSpaceStep": "void(*)(struct cpSpace *, double)",
    "cpBodyNew": "struct cpBody *(*)(double, double)",
    "cpBodyFree": "void(*)(struct cpBody *)",
    "cpBodyGetPosition": "struct cpVect(*)(struct cpBody *)",
    "cpBodySetPosition": "void(*)(struct cpBody *, struct cpVect)",
    "cpBodyGetVelocity": "struct cpVect(*)(struct cpBody *)",
    "cpBodySetVelocity": "void(*)(struct cpBody *, struct cpVect)",
    "cpCircleShapeNew": "struct cpShape *(*)(struct cpBody *, double, struct cpVect)",
    "cpSegmentShapeNew": "struct cpShape *(*)(struct cpBody *, struct cpVect, struct cpVect, double)",
    "cpShapeSetElasticity": "void(*)(struct cpShape *, double)",
    "cpShapeFree": "void(*)(struct cpShape *)",
}


@cache
def functions() -> np.ndarray | None:
    """The addresses of the functions in one record, (1,), a field each; None where they can't be called from here."""
    if platform.system() == "Windows" or platform.machine().lower() not in PROCESSORS:
        return None
    table = np.zeros(1, [(name, np.uint64) for name in DECLARED])
    try:
        from pymunk._chipmunk_cffi import ffi, lib

        for name, declared in DECLARED.items():
            function = ffi.addressof(lib, name)
            if ffi.typeof(function).cname != declared:
                return None
            table[name] = int(ffi.cast("uintptr_t", function))
        return table if (ffi.sizeof("void *"), ffi.sizeof("struct cpVect")) == (8, 16) else None
    except Exception:  # a private module owes us nothing
        return None


def play(scene: Scene, positions: np.ndarray, velocities: np.ndarray) -> None:
    """As `plain.play`; only where there are `functions`."""
    _play(functions(), scene, positions, velocities)


def _caller(result: Any) -> Any:
    """A numba function `call(address, arguments)` of a C function that gives `result`; numba can cache it.

    Whole numbers stand for pointers, two floats for a point.
    """

    @intrinsic
    def call(typing, address, arguments):
        def generate(context, builder, signature, values):
            kinds = [context.get_value_type(kind) for kind in arguments.types]
            gives = ir.VoidType() if result is types.void else context.get_value_type(result)
            function = builder.inttoptr(values[0], ir.FunctionType(gives, kinds).as_pointer())
            given = builder.call(function, cgutils.unpack_tuple(builder, values[1]))
            return context.get_dummy_value() if result is types.void else given

        return result(address, arguments), generate

    return call


_do, _make, _read = _caller(types.void), _caller(types.intp), _caller(types.UniTuple(types.float64, 2))


@compiled(error_model="numpy")
def _play(table, scene, positions, velocities):  # pragma: no cover (compiled)
    c = table[0]
    times, balls, walls = len(positions), len(scene.radius), len(scene.walls)
    shapes = np.empty(walls + balls, np.intp)
    bodies = np.empty(balls, np.intp)
    space = _make(c.cpSpaceNew, ())
    _do(c.cpSpaceSetIterations, (space, np.int32(scene.iterations)))
    _do(c.cpSpaceSetCollisionSlop, (space, scene.slop))
    ground = _make(c.cpSpaceGetStaticBody, (space,))
    for k in range(walls):
        x, y, to_x, to_y, half = scene.walls[k]
        shapes[k] = _make(c.cpSegmentShapeNew, (ground, x, y, to_x, to_y, half))
        _do(c.cpShapeSetElasticity, (shapes[k], 1.0))
        _make(c.cpSpaceAddShape, (space, shapes[k]))
    for k in range(balls):
        bodies[k] = _make(c.cpBodyNew, (scene.mass[k], math.inf))
        _do(c.cpBodySetPosition, (bodies[k], scene.position[k, 0], scene.position[k, 1]))
        _do(c.cpBodySetVelocity, (bodies[k], scene.velocity[k, 0], scene.velocity[k, 1]))
        shapes[walls + k] = _make(c.cpCircleShapeNew, (bodies[k], scene.radius[k], 0.0, 0.0))
        _do(c.cpShapeSetElasticity, (shapes[walls + k], 1.0))
        _make(c.cpSpaceAddBody, (space, bodies[k]))
        _make(c.cpSpaceAddShape, (space, shapes[walls + k]))
    now = np.empty((balls, 2))
    for t in range(1, times):
        for _ in range(scene.substeps):
            _do(c.cpSpaceStep, (space, 1 / scene.substeps))
        total = 0.0
        for k in range(balls):
            now[k] = _read(c.cpBodyGetVelocity, (bodies[k],))
            total += scene.mass[k] * (now[k, 0] * now[k, 0] + now[k, 1] * now[k, 1])
        left = total / 2
        scale = math.sqrt(scene.energy / left) if left != 0 else 0.0
        for k in range(balls):
            x, y = now[k, 0] * scale, now[k, 1] * scale
            _do(c.cpBodySetVelocity, (bodies[k], x, y))
            velocities[t, k, 0], velocities[t, k, 1] = x, y
            positions[t, k, 0], positions[t, k, 1] = _read(c.cpBodyGetPosition, (bodies[k],))
    _do(c.cpSpaceFree, (space,))
    for shape in shapes:
        _do(c.cpShapeFree, (shape,))
    for body in bodies:
        _do(c.cpBodyFree, (body,))

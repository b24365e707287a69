"""Pictures and labels of a scene a second time, from its stored arrays alone. Shares no code with what makes them.

Rays are cast through the middles of pixels and met with each solid's own equation; no renderer, no mesh, no world.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

MISS = np.inf


def cast(
    position: np.ndarray,
    quaternion: np.ndarray,
    shape: Sequence[str],
    size: np.ndarray,
    camera: dict[str, Any],
    side: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Segmentation uint8 (y, x) and depth float64 (y, x) of one frame; depth is infinite where nothing is.

    position: (object, xyz), quaternion: (object, wxyz), shape: names, size: (object,), as stored, without the rows that
    hold no object.   camera: the store's attribute.   side: of the image, pixels.
    """
    eye, rays = pixel_rays(camera, side)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = np.where(rays[..., 2] < 0, -eye[2] / rays[..., 2], MISS)  # the floor, z = 0
        owner = np.zeros((side, side), np.uint8)
        for k, name in enumerate(shape):
            turn = matrix(quaternion[k].astype(np.float64)).T / float(size[k])  # to the unit shape's own frame
            met = UNIT[name](turn @ (eye - position[k].astype(np.float64)), rays @ turn.T)
            nearer = met < depth
            depth[nearer], owner[nearer] = met[nearer], k + 1
    return owner, depth


def pixel_rays(camera: dict[str, Any], side: int) -> tuple[np.ndarray, np.ndarray]:
    """The eye, and through each pixel a vector (y, x, xyz) that is one metre long along the camera's axis."""
    eye = np.array(camera["position"], np.float64)
    ahead = np.array(camera["target"], np.float64) - eye
    ahead /= math.hypot(*ahead)
    right = np.array([ahead[1], -ahead[0], 0.0]) / math.hypot(ahead[0], ahead[1])
    up = np.array([right[1] * ahead[2], -right[0] * ahead[2], right[0] * ahead[1] - right[1] * ahead[0]])
    steps = ((np.arange(side) + 0.5) / side * 2 - 1) * math.tan(math.radians(camera["fovy"]) / 2)
    return eye, ahead + steps[None, :, None] * right - steps[:, None, None] * up


def matrix(q: np.ndarray) -> np.ndarray:
    """The rotation that a unit quaternion (w, x, y, z) stands for."""
    w, (x, y, z) = q[0], q[1:]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + 2 * w * cross + 2 * cross @ cross


def _roots(a: np.ndarray, half_b: np.ndarray, c: Any) -> tuple[np.ndarray, np.ndarray]:
    """Where a t² + 2 half_b t + c is below 0, between the roots, for a > 0: (first, last), NaN for nowhere."""
    root = np.sqrt(half_b * half_b - a * c)
    return (-half_b - root) / a, (-half_b + root) / a


def _slab(o: Any, d: np.ndarray, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Where a coordinate o + t d lies within [low, high]."""
    one, other = (low - o) / d, (high - o) / d
    return np.minimum(one, other), np.maximum(one, other)


def _enter(*spans: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Where a ray comes into all the spans, before the eye never."""
    first = np.maximum.reduce([np.where(np.isnan(s), MISS, s) for s, _ in spans])
    last = np.minimum.reduce([np.where(np.isnan(s), -MISS, s) for _, s in spans])
    return np.where((first <= last) & (first > 0), first, MISS)


def _sphere(o: np.ndarray, d: np.ndarray, r: float = 1.0) -> np.ndarray:
    return _enter(_roots((d * d).sum(-1), d @ o, o @ o - r * r))


def _box(o: np.ndarray, d: np.ndarray) -> np.ndarray:
    return _enter(*(_slab(o[k], d[..., k], -1, 1) for k in range(3)))


def _cylinder(o: np.ndarray, d: np.ndarray, r: float = 1.0, half: float = 1.0) -> np.ndarray:
    side = _roots((d[..., :2] ** 2).sum(-1), d[..., :2] @ o[:2], o[:2] @ o[:2] - r * r)
    return _enter(side, _slab(o[2], d[..., 2], -half, half))


def _capsule(o: np.ndarray, d: np.ndarray) -> np.ndarray:
    ends = [_sphere(o - (0, 0, end), d, 0.5) for end in (-0.5, 0.5)]
    return np.minimum.reduce([_cylinder(o, d, 0.5, 0.5), *ends])


def _ellipsoid(o: np.ndarray, d: np.ndarray) -> np.ndarray:
    axes = np.array([1.0, 0.75, 0.5])
    return _sphere(o / axes, d / axes)


def _cone(o: np.ndarray, d: np.ndarray) -> np.ndarray:
    """x² + y² ≤ ((1 − z) / 2)², from the base at z = −1 to the tip at z = 1."""
    down, slope = (1 - o[2]) / 2, -d[..., 2] / 2  # the radius at a height falls along the ray as down + t slope
    a = (d[..., :2] ** 2).sum(-1) - slope**2
    half_b = d[..., :2] @ o[:2] - down * slope
    c = o[:2] @ o[:2] - down**2
    one, other = _roots(a, half_b, c)
    met = []
    for t in (one, other):  # the mantle, where its radius is that of the lower half of the double cone
        z = o[2] + t * d[..., 2]
        met.append(np.where((t > 0) & (z >= -1) & (z <= 1), t, MISS))
    base = (-1 - o[2]) / d[..., 2]
    spot = o[:2] + base[..., None] * d[..., :2]
    met.append(np.where((base > 0) & ((spot**2).sum(-1) <= 1), base, MISS))
    return np.minimum.reduce(met)


UNIT = {  # the first time at which a ray o + t d meets the unit shape from outside
    "sphere": _sphere,
    "snitch": _sphere,
    "box": _box,
    "cylinder": _cylinder,
    "capsule": _capsule,
    "ellipsoid": _ellipsoid,
    "cone": _cone,
}

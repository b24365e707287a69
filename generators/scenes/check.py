"""What is wrong with an episode, if anything: its arrays against each other and against rays cast at the solids."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from generators.scenes.oracle import cast
from generators.scenes.snitch_oracle import snitch_truth

FRAMES = 4  # of an episode, spread over it, whose pictures are cast again
STRAY = 0.01  # of the pixels may differ, all at edges: renderers cut corners there
SINK = 0.06  # metres that a contact may give way
INNER = {"capsule": 0.5, "ellipsoid": 0.5, "cone": 0.44}  # a ball so large around its centre is in it; in others 1
OUTER = {"box": 3**0.5, "cylinder": 2**0.5, "cone": 2**0.5}  # and the unit shape is in a ball so large
EMPTY = ("position", "velocity", "quaternion", "angular_velocity", "visibility", "contact")


def problems(episode: Mapping[str, np.ndarray], attributes: Mapping[str, Any], fps: float) -> Iterator[str]:
    """What is wrong, a line each.

    episode: a store's arrays by name, without their episode axis.   attributes: `shapes` and `camera` as a store has
    them.   fps: frames a second of the world.
    """
    count = int((episode["shape"] != 255).sum())
    yield from _rows(episode, count)
    shape = [attributes["shapes"][k] for k in episode["shape"][:count]]
    of = {name: episode[name][:, :count] for name in ("position", "quaternion", "velocity", "visibility")}
    size, segmentation = episode["size"][:count], episode["segmentation"]
    if np.abs(np.linalg.norm(of["quaternion"].astype(np.float64), axis=-1) - 1).max(initial=0) > 1e-5:
        yield "quaternion: not all are unit"
    if (of["position"][..., 2] < size * [INNER.get(name, 1.0) for name in shape] - SINK).any():
        yield "position: something is below the floor"
    if segmentation.max() > count:
        yield f"segmentation: has object {segmentation.max() - 1} of {count}"
    pixels = (segmentation[..., None] == np.arange(1, count + 1)).sum(axis=(1, 2))
    if not np.array_equal(np.minimum(pixels, 2**16 - 1), of["visibility"]):
        yield "visibility: isn't the number of pixels in segmentation"
    yield from _pictures(episode, of["position"], of["quaternion"], shape, size, attributes["camera"])
    if "cell" in episode:
        truth = snitch_truth(of["position"], of["quaternion"], shape, size, segmentation)
        yield from (f"{k}: isn't what the arrays say" for k, v in truth.items() if not np.array_equal(episode[k], v))
        if episode["contact"].any():
            yield "contact: nothing touches in this world"
    else:
        yield from _contacts(episode["contact"][:, :count, :count], of["position"], of["velocity"], shape, size, fps)


def _rows(episode: Mapping[str, np.ndarray], count: int) -> Iterator[str]:
    for name in ("shape", "color", "material"):
        if (episode[name][:count] == 255).any() or (episode[name][count:] != 255).any():
            yield f"{name}: objects must come first, and rows without one be 255"
    spare = [episode[name][:, count:].any() for name in EMPTY]
    if any(spare) or episode["contact"][:, :, count:].any() or episode["size"][count:].any():
        yield "rows without an object must be 0"


def _pictures(
    episode: Mapping[str, np.ndarray],
    position: np.ndarray,
    quaternion: np.ndarray,
    shape: list[str],
    size: np.ndarray,
    camera: dict[str, Any],
) -> Iterator[str]:
    side = episode["segmentation"].shape[-1]
    for t in np.unique(np.linspace(0, len(position) - 1, FRAMES).astype(int)).tolist():
        owner, depth = cast(position[t], quaternion[t], shape, size, camera, side)
        inside = ~edges(owner)
        stored, distance = episode["segmentation"][t], episode["depth"][t]
        if (stored != owner)[inside].any() or (stored != owner).mean() > max(STRAY, 8 / owner.size):
            yield f"segmentation: frame {t} isn't that of the solids"
        far = np.minimum(depth, distance.max())  # the renderer draws nothing beyond
        if (np.abs(distance - far) > 2e-3 * far)[inside & (depth < 50)].mean() > STRAY:
            yield f"depth: frame {t} isn't that of the solids"


def edges(owner: np.ndarray) -> np.ndarray:
    """Pixels of which a neighbour, corners too, belongs to something else: bool (y, x)."""
    height, width = owner.shape
    wide = np.pad(owner, 1, mode="edge")
    around = [wide[a : a + height, b : b + width] for a in range(3) for b in range(3)]
    return np.any(np.stack(around) != owner, axis=0)


def _contacts(
    contact: np.ndarray, position: np.ndarray, velocity: np.ndarray, shape: list[str], size: np.ndarray, fps: float
) -> Iterator[str]:
    """Balls in and around the solids bound who touched: those that overlap did, those too far to come near didn't."""
    if (contact != contact.swapaxes(1, 2)).any() or contact[:1].any() or np.einsum("tkk->tk", contact).any():
        yield "contact: must be symmetric, and 0 in the first frame and of an object with itself"
    apart = np.linalg.norm(position[:, :, None].astype(np.float64) - position[:, None], axis=-1)
    inner, outer = (size * [reach.get(name, 1.0) for name in shape] for reach in (INNER, OUTER))
    speed = np.linalg.norm(velocity, axis=-1)
    way = 2 * (np.maximum(speed[1:], speed[:-1]) + 2 * 9.81 / fps) / fps  # more than it can have come
    others = ~np.eye(len(size), dtype=bool)
    if (contact[1:] == 0)[(apart[1:] < inner[:, None] + inner - 0.01) & others].any():
        yield "contact: two that overlap must have touched"
    if contact[1:][apart[1:] > outer[:, None] + outer + way[:, :, None] + way[:, None]].any():
        yield "contact: two that were too far apart can't have touched"

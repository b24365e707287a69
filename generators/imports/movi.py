"""MOVi-A to E: the TFRecords that Kubric publishes, as TFDS lays them out.

The facts are those of https://github.com/google-research/kubric, challenges/movi (README.md, movi_a.py to movi_e.py),
and of the layout that https://github.com/tensorflow/datasets writes (core/example_serializer.py: nested names are
joined by "/", lists of lists become `ragged_flat_values` and `ragged_row_lengths_0`, pictures are PNGs).

Instances there are sorted by how much of them is seen. Their segmentation has our numbers: 0 background, k + 1 for
object k. Their depth is the distance from the camera's centre, as uint16 between the two ends of
`metadata/depth_range`; ours is along the camera's axis, so it is multiplied by the cosine of each pixel's angle.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from generators.fields import choice
from generators.imports.arrays import NO_OBJECT, padded
from generators.imports.description import CLEVR_COLORS, Description, Episode, Imported
from generators.imports.example import Example, parse_example
from generators.imports.naming import checked_folder, naming
from generators.imports.pictures import decode_index, decode_rgb, decode_uint16, square, square_nearest, stacked
from generators.imports.tfrecord import count_records, read_records

SPLITS = {"train": "train", "val": "validation", "test": "test"}  # ours: theirs
FILE = re.compile(r"(movi_[a-e])-(\w+)\.tfrecord-(\d{5})-of-(\d{5})")

CLEVR = ("cube", "cylinder", "sphere")
KUBASIC = (*CLEVR, "cone", "torus", "gear", "torus_knot", "sponge", "spot", "teapot", "suzanne")
COLORS = dict(sorted(CLEVR_COLORS.items()))
MATERIALS = ("metal", "rubber")
CATEGORIES = (
    "Action Figures", "Bag", "Board Games", "Bottles and Cans and Cups", "Camera", "Car Seat", "Consumer Goods", "Hat",
    "Headphones", "Keyboard", "Legos", "Media Cases", "Mouse", "None", "Shoe", "Stuffed Toys", "Toys",
)  # fmt: skip


MOVI = Description(
    name="MOVi",
    most=10,
    fps=12,
    licence="Kubric: Apache 2.0; in MOVi-C to E Google Scanned Objects (CC-BY 4.0) and Poly Haven's skies (CC0)",
    citation="Greff et al., Kubric: a scalable dataset generator, CVPR 2022",
    homepage="https://github.com/google-research/kubric/tree/main/challenges/movi",
    fovy=math.degrees(2 * math.atan(16 / 35)),
)
DESCRIPTIONS = {
    "movi_a": replace(MOVI, name="MOVi-A", shapes=CLEVR, colors=tuple(COLORS.items()), materials=MATERIALS),
    "movi_b": replace(MOVI, name="MOVi-B", shapes=KUBASIC, materials=MATERIALS),
    "movi_c": replace(MOVI, name="MOVi-C", categories=CATEGORIES),
    "movi_d": replace(MOVI, name="MOVi-D", categories=CATEGORIES, most=23),
    "movi_e": replace(MOVI, name="MOVi-E", categories=CATEGORIES, most=23),
}


def splits(source: Path) -> tuple[str, ...]:
    """Which of our splits are there."""
    _, there = _shards(source)
    return tuple(ours for ours, theirs in SPLITS.items() if theirs in there)


def movi(
    source: Path, split: str, *, size: int | None = None, frames: int | None = None, limit: int | None = None
) -> Imported:
    """A split of MOVi, from the folder that its shards lie in (`movi_a/128x128/1.0.0`) or one above it.

    size: of the pictures; as they are for None.   frames: the first so many; all 24 for None.   limit: the first so
    many episodes, for which later shards need not be there. Raises ValueError where something is missing or damaged.
    """
    name, shards = _shards(source)
    description, theirs = DESCRIPTIONS[name], SPLITS[choice("split", split, tuple(SPLITS))]
    if theirs not in shards:
        raise ValueError(f"{source} has no {name}-{theirs} shards; its splits: {', '.join(splits(source))}")
    needed, count = _needed(*shards[theirs], limit)

    def read() -> Iterator[Episode]:
        for path in needed:
            for record, data in enumerate(read_records(path)):
                with naming(f"{path}, record {record}"):
                    episode = _episode(parse_example(data), description, size, frames)
                yield episode

    return Imported(description, split, count if limit is None else min(count, limit), needed, read)


def _needed(files: Mapping[int, Path], total: int, limit: int | None) -> tuple[list[Path], int]:
    """The shards that so many episodes (None: all) of a split lie in, and how many these have."""
    one = next(iter(files.values()))
    lengths = _lengths(one, total)
    needed, count = [], 0
    for number in range(total):
        if limit is not None and count >= limit:
            break
        if number not in files:
            which = f"{one.parent} lacks shard {number} of the {total} like {one.name}"
            raise ValueError(f"{which}; download it, or import no more than the {count} episodes before it")
        records = count_records(files[number])
        if lengths and records != lengths[number]:
            raise ValueError(f"{files[number]} has {records} records, not {lengths[number]}; download it again")
        needed.append(files[number])
        count += records
    return needed, count


def _shards(source: Path) -> tuple[str, dict[str, tuple[dict[int, Path], int]]]:
    """Which of the sets lies there; and of each split its shards by number, and how many there should be."""
    paths = checked_folder(source).rglob("*.tfrecord-*")
    found = [(path, match) for path in sorted(paths) if (match := FILE.fullmatch(path.name))]
    if not found:
        raise ValueError(f"{source} has no shards of MOVi-A to E (movi_a-train.tfrecord-00000-of-00256 and so on)")
    if len(folders := sorted({str(path.parent) for path, _ in found})) > 1:
        raise ValueError(f"{source} has several of them: {', '.join(folders[:5])}; name one")
    if len(names := sorted({match[1] for _, match in found})) > 1:
        raise ValueError(f"{source} has shards of {' and '.join(names)}; keep each in a folder of its own")
    splits: dict[str, tuple[dict[int, Path], int]] = {}
    for path, match in found:
        split, number, total = match[2], int(match[3]), int(match[4])
        shards, expected = splits.setdefault(split, ({}, total))
        if total != expected:
            raise ValueError(f"{path.parent} has {split} shards of {expected} and of {total}; keep those of one")
        shards[number] = path
    return names[0], splits


def _lengths(shard: Path, total: int) -> list[int] | None:
    """Records of each shard of a split, as TFDS's own dataset_info.json has them; None where it isn't there."""
    path, split = shard.parent / "dataset_info.json", shard.name.split(".")[0].split("-")[1]
    if not path.is_file():
        return None
    with naming(path):
        of_split = {s["name"]: s.get("shardLengths") for s in json.loads(path.read_bytes())["splits"]}
        lengths = [int(length) for length in of_split.get(split) or ()]
        if lengths and len(lengths) != total:
            raise ValueError(f"it has {len(lengths)} shards of {split}; the files are {total}")
    return lengths or None


def _episode(example: Example, about: Description, size: int | None, frames: int | None) -> Episode:
    video = example.bytes("video")
    s = len(video)
    if frames is not None and not 0 < frames <= s:
        raise ValueError(f"it has {s} frames, not {frames}")
    t = slice(frames)

    def pictures(name: str, decode: Callable[[bytes], np.ndarray]) -> np.ndarray:
        if len(encoded := example.bytes(name)) != s:
            raise ValueError(f"feature {name!r} has {len(encoded)} pictures, and video {s}")
        return stacked([decode(data) for data in encoded[t]])

    rgb, segmentation = pictures("video", decode_rgb), pictures("segmentations", decode_index)
    depth = _along_axis(pictures("depth", decode_uint16), example)
    if not rgb.shape[:3] == segmentation.shape == depth.shape or rgb.shape[1] != rgb.shape[2]:
        raise ValueError(f"its pictures are {rgb.shape[:3]}, {segmentation.shape} and {depth.shape}; not alike squares")
    side = size or rgb.shape[1]
    position = example.floats("instances/positions", -1, s, 3)
    k = len(position)
    if segmentation.max(initial=0) > k:
        raise ValueError(f"its segmentation has object {segmentation.max()}, of {k}")
    segmentation = square_nearest(segmentation, side)
    quaternion = example.floats("instances/quaternions", k, s, 4)
    by_time = {
        "position": position,
        "velocity": example.floats("instances/velocities", k, s, 3),
        "angular_velocity": example.floats("instances/angular_velocities", k, s, 3),
        "quaternion": quaternion,
        "box": _boxes(example, k, s),
    }
    seen = np.stack([(segmentation == j + 1).sum((1, 2)) for j in range(k)] or [np.zeros(len(segmentation))])
    return {
        "rgb": square(rgb, side),
        "segmentation": segmentation,
        "depth": square_nearest(depth, side),
        **{name: padded(values.swapaxes(0, 1)[t], about.most, 1) for name, values in by_time.items()},
        "visibility": padded(np.minimum(seen[:k].T, 2**16 - 1).astype(np.uint16), about.most, 1),
        "contact": padded(padded(_contacts(example, k, s)[t], about.most, 1), about.most, 2),
        "size": padded(
            _half_extent(example.floats("instances/bboxes_3d", k, s, 8, 3)[:, 0], quaternion[:, 0]), about.most, 0
        ),
        **_looks(example, about, k),
        "camera_position": example.floats("camera/positions", s, 3)[t],
        "camera_quaternion": example.floats("camera/quaternions", s, 4)[t],
    }


def _along_axis(stored: np.ndarray, example: Example) -> np.ndarray:
    """float32 (time, y, x), metres along the camera's axis, of uint16 distances from its centre."""
    low, high = example.floats("metadata/depth_range", 2).astype(float)
    sensor, focal = (float(example.floats(f"camera/{name}", 1)[0]) for name in ("sensor_width", "focal_length"))
    if not (math.isfinite(low) and math.isfinite(high) and sensor > 0 and focal > 0):
        raise ValueError(f"depth from {low} to {high}, a sensor of {sensor} and a lens of {focal} mm make no picture")
    distance = stored / 65535 * (high - low) + low
    tangents = [((np.arange(side) + 0.5) / side - 0.5) * sensor / focal for side in stored.shape[1:]]
    return (distance / np.sqrt(1 + tangents[0][:, None] ** 2 + tangents[1] ** 2)).astype(np.float32)


def _boxes(example: Example, k: int, s: int) -> np.ndarray:
    """float32 (object, time, ymin xmin ymax xmax) in shares of the picture; 0 where an object isn't seen."""
    name = "instances/bbox_frames/ragged_"
    at = example.integers(f"{name}flat_values", -1)
    lengths = example.integers(f"{name}row_lengths_0", k)
    if lengths.min(initial=0) < 0 or lengths.sum() != len(at) or (len(at) and not 0 <= at.min() <= at.max() < s):
        raise ValueError(f"the frames of its boxes aren't some of {s} for each of {k} objects")
    boxes = np.zeros((k, s, 4), np.float32)
    boxes[np.repeat(np.arange(k), lengths), at] = example.floats("instances/bboxes/ragged_flat_values", len(at), 4)
    return boxes


def _contacts(example: Example, k: int, s: int) -> np.ndarray:
    """uint8 (time, object, other). Floor and background are 65535 there, and left out.

    Their simulation counts frames from 0 and their pictures begin at its frame 1 (movi_ab_worker.py), so what has the
    number n, rounded down, came after the picture before picture n, counted from 0. One of frame 0 came before all.
    """
    pairs, frame = (
        example.integers("events/collisions/instances", -1, 2),
        example.integers("events/collisions/frame", -1),
    )
    if len(pairs) != len(frame):
        raise ValueError(f"it has {len(pairs)} collisions at {len(frame)} frames")
    good = (pairs >= 0).all(1) & (pairs < k).all(1) & (pairs[:, 0] != pairs[:, 1]) & (frame >= 1) & (frame < s)
    (a, b), at = pairs[good].T, frame[good]
    contact = np.zeros((s, k, k), np.uint8)
    contact[at, a, b] = contact[at, b, a] = 1
    return contact


def _half_extent(corners: np.ndarray, quaternion: np.ndarray) -> np.ndarray:
    """float32 (object,): half the longest side of boxes (object, 8, xyz) that are turned by (object, wxyz)."""
    w, v = -quaternion[:, None, :1], quaternion[:, None, 1:]
    centred = corners - corners.mean(1, keepdims=True)
    turned = centred + 2 * np.cross(v, np.cross(v, centred) + w * centred)  # back, as the object lies in its own frame
    return (np.ptp(turned, axis=1).max(-1, initial=0) / 2).astype(np.float32)


def _looks(example: Example, about: Description, k: int) -> Mapping[str, np.ndarray]:
    found = {}
    labels = {
        "shape": about.shapes,
        "color": tuple(name for name, _ in about.colors),
        "material": about.materials,
        "category": about.categories,
    }
    for name, names in labels.items():
        if not names:
            continue
        feature = f"instances/{name}" if name == "category" else f"instances/{name}_label"
        values = example.integers(feature, k)
        if k and not 0 <= values.min() <= values.max() < len(names):
            raise ValueError(f"feature {feature!r} has {values.max()}; there are {len(names)} names")
        found[name] = padded(values.astype(np.uint8), about.most, 0, NO_OBJECT)
    if about.shapes:
        found["color_rgb"] = padded(example.floats("instances/color", k, 3), about.most, 0)
    return found

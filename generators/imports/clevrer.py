"""CLEVRER: its videos, and what its annotations tell of objects, motions and collisions.

The facts are those of http://data.csail.mit.edu/clevrer/README.txt: 20,000 videos of 128 frames, 480 × 320 pixels, in
five seconds, of which 0 to 9999 are train, 10000 to 14999 validation and 15000 to 19999 test; annotations, which test
lacks, have `object_property`, `motion_trajectory` (location, orientation, velocity, angular_velocity and
inside_camera_view of each object at each frame) and `collision` (two objects' ids, a frame, a location). Units are
theirs. What the three angles of `orientation` mean isn't written there, so it is left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from generators.fields import choice
from generators.imports.arrays import NO_OBJECT, evenly, padded, since_the_frame_before
from generators.imports.description import CLEVR_COLORS, Description, Episode, Imported
from generators.imports.naming import checked_folder, naming
from generators.imports.pictures import whole_video

SPLITS = {"train": range(10_000), "val": range(10_000, 15_000), "test": range(15_000, 20_000)}
SHAPES = ("cube", "sphere", "cylinder")
COLORS = CLEVR_COLORS
MATERIALS = ("rubber", "metal")
DESCRIPTION = Description(
    name="CLEVRER",
    most=10,
    fps=128 / 5,
    licence="CC0",
    citation="Yi et al., CLEVRER: collision events for video representation and reasoning, ICLR 2020",
    homepage="http://clevrer.csail.mit.edu/",
    shapes=SHAPES,
    colors=tuple(COLORS.items()),
    materials=MATERIALS,
)


def splits(source: Path) -> tuple[str, ...]:
    """Which of our splits have a video."""
    videos = _numbered(source, "video_*.mp4")
    return tuple(split for split, numbers in SPLITS.items() if any(number in numbers for number in videos))


def clevrer(
    source: Path, split: str, *, size: int = 64, frames: int | None = None, limit: int | None = None
) -> Imported:
    """A split of CLEVRER, from a folder with its videos and annotations anywhere below.

    Without annotations (none at all for this split) an episode has `rgb` alone.   size: of the pictures, squeezed to a
    square.   frames: so many of 128, evenly spaced up to the last; all for None.   limit: the first so many episodes.
    Raises ValueError where something is missing.
    """
    choice("split", split, tuple(SPLITS))
    videos = [(n, path) for n, path in sorted(_numbered(source, "video_*.mp4").items()) if n in SPLITS[split]][:limit]
    if not videos:
        first, last = SPLITS[split][0], SPLITS[split][-1]
        raise ValueError(f"{source} has no video_{first:05d}.mp4 to video_{last:05d}.mp4, which are our {split}")
    told = {n: path for n, path in _numbered(source, "annotation_*.json").items() if n in SPLITS[split]}
    if told and (lacking := [n for n, _ in videos if n not in told]):
        raise ValueError(f"{source} has no annotation_{lacking[0]:05d}.json, and has others of {split}")

    files = [path for number, video in videos for path in (video, told.get(number)) if path]

    def read() -> Iterator[Episode]:
        for number, video in videos:
            with naming(video):
                rgb = whole_video(video, size)
                taken = evenly(len(rgb), frames)
            episode = {"rgb": rgb[taken]}
            if told:
                with naming(told[number]):
                    episode |= _told(json.loads(told[number].read_bytes()), len(rgb), taken)
            yield episode

    return Imported(DESCRIPTION, split, len(videos), files, read)


def _numbered(source: Path, pattern: str) -> dict[int, Path]:
    found = checked_folder(source).rglob(pattern)
    return {int(match[1]): path for path in sorted(found) if (match := re.search(r"_(\d{5})\.", path.name))}


def _told(annotation: Mapping[str, Any], count: int, taken: np.ndarray) -> dict[str, np.ndarray]:
    """What an annotation tells of a video of `count` frames, at those that are taken; objects in its own order."""
    objects, frames = annotation["object_property"], annotation["motion_trajectory"]
    rows = {thing["object_id"]: k for k, thing in enumerate(objects)}
    if len(frames) < count:
        raise ValueError(f"it tells of {len(frames)} frames; the video has {count}")
    vectors = {"position": "location", "velocity": "velocity", "angular_velocity": "angular_velocity"}
    most = DESCRIPTION.most
    if len(objects) > most:
        raise ValueError(f"it has {len(objects)} objects; there is room for {most}")
    motion = {name: np.zeros((count, most, 3), np.float32) for name in vectors}
    in_view = np.zeros((count, most), np.uint8)
    for frame in frames:
        if not 0 <= (t := frame["frame_id"]) < count:
            continue
        for thing in frame["objects"]:
            k = rows[thing["object_id"]]
            for name, key in vectors.items():
                motion[name][t, k] = thing[key]
            in_view[t, k] = bool(thing["inside_camera_view"])
    contact = np.zeros((count, most, most), np.uint8)
    for collision in annotation["collision"]:
        a, b = (rows[thing] for thing in collision["object_ids"])
        if 0 <= collision["frame_id"] < count:
            contact[collision["frame_id"], a, b] = contact[collision["frame_id"], b, a] = 1
    looks = {"shape": SHAPES, "color": tuple(COLORS), "material": MATERIALS}
    return {
        **{name: values[taken] for name, values in motion.items()},
        "in_view": in_view[taken],
        "contact": since_the_frame_before(contact, taken),
        **{
            name: padded(np.array([names.index(thing[name]) for thing in objects], np.uint8), most, 0, NO_OBJECT)
            for name, names in looks.items()
        },
    }

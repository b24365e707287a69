"""CATER: the videos of its localization task (where is the snitch at the end?), their labels, and its scenes.

The facts are those of https://github.com/rohitgirdhar/CATER, generate/ (README.md, render_videos.py, actions.py,
movement_record.py, gen_train_test.py): `lists/localize/train.txt` and `val.txt` have a video's name and its class in a
line; `scenes/NAME.json` has objects, each with `locations` by frame, and `movements` by object's name, each
(what, other's name, first frame, last frame). The class is the cell of a 6×6 grid over x and y from −3 to 3, row by
row: floor(y) + 3 times 6 plus floor(x) + 3, in the last frame. A cone covers from the end of its `_contain` to the
start of its next `_pick_place`, in which frame it still stands (actions.py: a move begins with the place it had).
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from generators.fields import choice
from generators.imports.arrays import NO_OBJECT, UNKNOWN, evenly, padded, since_the_frame_before
from generators.imports.description import CLEVR_COLORS, Description, Episode, Imported
from generators.imports.naming import checked_folder, naming
from generators.imports.pictures import whole_video

GRID = 6
SHAPES = ("spl", "cone", "sphere", "cube", "cylinder")  # spl is the snitch
COLORS = CLEVR_COLORS | {"gold": (255, 215, 0)}
MATERIALS = ("rubber", "metal")
DESCRIPTION = Description(
    name="CATER",
    most=10,
    fps=24,
    licence="Apache 2.0",
    citation="Girdhar and Ramanan, CATER: a diagnostic dataset for compositional actions and temporal reasoning, 2019",
    homepage="https://rohitgirdhar.github.io/CATER/",
    shapes=SHAPES,
    colors=tuple(COLORS.items()),
    materials=MATERIALS,
)
# Ours: theirs, the first that is there. They divide train in two parts for choosing settings, and test on val.
LISTS = {"train": ("train_subsetT", "train"), "val": ("train_subsetV",), "test": ("val",)}


def splits(source: Path) -> tuple[str, ...]:
    """Which of our splits are there."""
    return tuple(split for split in LISTS if _list(source, split))


def cater(source: Path, split: str, *, size: int = 64, frames: int | None = None, limit: int | None = None) -> Imported:
    """A split of CATER, from the folder with `videos`, `lists` and, where it was downloaded, `scenes`.

    size: of the pictures, squeezed to a square.   frames: so many of about 300, evenly spaced up to the last, in which
    the label holds; all for None.   limit: the first so many episodes. Raises ValueError where something is missing.
    """
    listed, labels = _labels(source, choice("split", split, tuple(LISTS)))
    labels = labels[:limit]
    videos = [source / "videos" / name for name, _ in labels]
    with_scenes = (source / "scenes").is_dir()
    scenes = [source / "scenes" / f"{video.stem}.json" for video in videos] if with_scenes else []

    def read() -> Iterator[Episode]:
        for k, (video, (_, label)) in enumerate(zip(videos, labels, strict=True)):
            with naming(video):
                rgb = whole_video(video, size)
                taken = evenly(len(rgb), frames)
            if scenes:
                with naming(scenes[k]):
                    told = _told(json.loads(scenes[k].read_bytes()), len(rgb), label)
                for name in ("position", "cell", "covered_by"):
                    told[name] = told[name][taken]
                told["carried"] = since_the_frame_before(told["carried"], taken) * (told["covered_by"] >= 0)
            else:
                cell = np.full(len(taken), UNKNOWN, np.uint8)
                cell[-1] = label
                told = {"cell": cell}
            yield {"rgb": rgb[taken], **told}

    return Imported(DESCRIPTION, split, len(labels), [listed, *videos, *scenes], read)


def _list(source: Path, split: str) -> Path | None:
    folder = checked_folder(source) / "lists" / "localize"
    return next((path for name in LISTS[split] if (path := folder / f"{name}.txt").is_file()), None)


def _labels(source: Path, split: str) -> tuple[Path, list[tuple[str, int]]]:
    """The list of a split, and what it says: (file's name, class) of every video."""
    path = _list(source, split)
    if path is None:
        where = source / "lists" / "localize"
        raise ValueError(f"{where} has no {' or '.join(f'{name}.txt' for name in LISTS[split])}, which is our {split}")
    found = []
    with naming(path):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            words = line.split()
            if len(words) != 2 or not words[1].isdecimal() or int(words[1]) >= GRID**2:
                raise ValueError(
                    f"line {number} is {line[:60]!r}; it should be a video and a class from 0 to {GRID**2 - 1}"
                )
            found.append((words[0].rsplit("/", 1)[-1], int(words[1])))  # some lists have the path where it was made
    return path, found


def _told(scene: Mapping[str, Any], count: int, label: int) -> dict[str, np.ndarray]:
    """What a scene tells of a video of `count` frames, the snitch first.

    A scene may tell of one frame more than the video has: the last ones are one. Raises ValueError where the snitch
    ends elsewhere than the label says.
    """
    objects = sorted(scene["objects"], key=lambda thing: thing["shape"] != "spl")
    if not objects or objects[0]["shape"] != "spl":
        raise ValueError("it has no snitch (an object of shape spl)")
    told = len(objects[0]["locations"])
    if not 0 <= told - count <= 1:
        raise ValueError(f"it tells of {told} frames; the video has {count}")
    of_object = [[thing["locations"][str(t)] for t in range(told)] for thing in objects]
    position = np.array(of_object, np.float64).swapaxes(0, 1)  # the labels were found in these numbers
    if position.shape != (told, len(objects), 3) or not np.isfinite(position).all():
        raise ValueError(f"its locations are {position.shape}, not {(told, len(objects), 3)} finite numbers")
    x, y = np.clip(np.floor(position[:, 0, :2]) + GRID // 2, 0, GRID - 1).astype(np.uint8).T
    cell = y * GRID + x
    if cell[-1] != label:
        raise ValueError(f"its snitch ends in cell {cell[-1]}; the list says {label}")
    covered_by = _covered_by([thing["instance"] for thing in objects], scene["movements"], told)
    moved = np.any(np.diff(position[:, 0], axis=0, prepend=position[:1, 0]), axis=1)
    told_of = {
        "position": padded(position.astype(np.float32), DESCRIPTION.most, 1),
        "cell": cell,
        "covered_by": covered_by,
        "carried": (moved & (covered_by >= 0)).astype(np.uint8),
    }
    looks = {"shape": SHAPES, "color": tuple(COLORS), "material": MATERIALS}
    return {
        **{name: values[told - count :] for name, values in told_of.items()},
        **{
            name: padded(
                np.array([names.index(thing[name]) for thing in objects], np.uint8), DESCRIPTION.most, 0, NO_OBJECT
            )
            for name, names in looks.items()
        },
        "size": padded(np.array([thing["sized"] for thing in objects], np.float32), DESCRIPTION.most, 0),
    }


def _covered_by(names: list[str], movements: Mapping[str, Any], frames: int) -> np.ndarray:
    """int16 (time,): the outermost cone over the snitch, which is object 0; −1 for none."""
    over = np.full((frames, len(names)), -1, np.int16)  # the cone right over each object
    for name, moves in movements.items():
        moves = sorted(moves, key=lambda move: move[2])
        for i, (what, other, _, end) in enumerate(moves):
            if what == "_contain":
                last = next((start for later, _, start, _ in moves[i + 1 :] if later == "_pick_place"), frames)
                over[end : last + 1, names.index(other)] = names.index(name)
    outermost = np.zeros(frames, np.int16)
    for _ in names:  # a cone may be under a larger one
        above = np.take_along_axis(over, outermost[:, None], 1)[:, 0]
        outermost = np.where(above >= 0, above, outermost)
    return np.where(outermost > 0, outermost, -1).astype(np.int16)

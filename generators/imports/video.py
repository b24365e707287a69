"""A folder of videos, with depth beside them or without: Waymo, TikTok, egocentric clips, whatever was exported so.

A video is `NAME.mp4` (or avi, mov, mkv, webm), or a folder `NAME` of pictures (png, jpg), a frame each, in the order of
their names. Its depth is `NAME_depth.npy` or `.npz` (time, y, x), or a folder `NAME_depth` of pictures with one channel
of 16 bits. Depth times `depth_scale` is metres along the camera's axis; 0 is where nobody measured.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from generators.fields import choice
from generators.imports.description import Description, Episode, Imported
from generators.imports.naming import checked_folder, naming
from generators.imports.pictures import count_frames, decode_rgb, decode_uint16, square, square_nearest, video_frames

VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
PICTURES = (".png", ".jpg", ".jpeg")
ARRAYS = (".npy", ".npz")
SPLITS = ("train", "val", "test")
Depth = Callable[[int], np.ndarray]  # frame → float32 (size, size), metres
DESCRIPTION = Description(
    name="videos",
    most=0,
    fps=0,
    licence="that of the videos",
    citation="whoever made them",
    homepage="",
)


def splits(source: Path) -> tuple[str, ...]:
    """Which of our splits have a folder; where none has, all of it is train."""
    return tuple(split for split in SPLITS if (checked_folder(source) / split).is_dir()) or ("train",)


def video(
    source: Path,
    split: str,
    *,
    size: int = 64,
    frames: int = 24,
    stride: int | None = None,
    depth_scale: float = 1.0,
    limit: int | None = None,
) -> Imported:
    """Clips of the videos in `source/SPLIT`, or in `source` where no split has a folder.

    size: of the pictures, squeezed to a square.   frames: of a clip.   stride: frames from the start of one clip to
    that of the next; clips follow each other for None. What is left at a video's end is dropped.   limit: the first so
    many clips. Raises ValueError where something is missing or doesn't fit.
    """
    choice("split", split, SPLITS)
    stride = stride or frames
    if min(size, frames, stride) < 1 or not 0 < depth_scale < float("inf"):
        raise ValueError("size, frames, stride and depth_scale must be above 0")
    divided = any((checked_folder(source) / name).is_dir() for name in SPLITS)
    videos = _videos(checked_folder(source / split) if divided else source)
    lengths = {}
    for path in videos:
        with naming(path):
            lengths[path] = len(_pictures(path)) if path.is_dir() else count_frames(path)
    total = sum(len(_starts(length, frames, stride)) for length in lengths.values())
    if not total:
        raise ValueError(f"{source} has no video of {frames} frames")

    def read() -> Iterator[Episode]:
        for path, depth in videos.items():
            with naming(path):
                starts = _starts(lengths[path], frames, stride)
                yield from _clips(path, _depth(depth, lengths[path], size, depth_scale), size, frames, starts)

    files = [file for pair in videos.items() for path in pair if path for file in _files(path)]
    options = (("stride", stride), ("depth_scale", depth_scale))
    short = [str(path) for path, length in lengths.items() if length < frames]
    left_out = f"{split}: {len(short)} of {len(videos)} videos left out, for they are shorter than {frames} frames: "
    remarks = (left_out + ", ".join(short[:3]) + (", …" if short[3:] else ""),) if short else ()
    count = total if limit is None else min(total, limit)
    return Imported(DESCRIPTION, split, count, files, read, options, remarks)


def _videos(folder: Path) -> dict[Path, Path | None]:
    """The videos of a folder, by name, and where the depth of each lies. All have depth, or none."""
    inside = {path: path.name if path.is_dir() else path.stem for path in sorted(folder.iterdir())}
    depths = {
        name.removesuffix("_depth"): path
        for path, name in inside.items()
        if name.endswith("_depth") and (path.is_dir() or path.suffix in ARRAYS)
    }
    found = {
        path: depths.get(name)
        for path, name in inside.items()
        if name[0] != "." and path not in depths.values() and (path.is_dir() or path.suffix.lower() in VIDEOS)
    }
    if not found:
        raise ValueError(f"{folder} has no videos ({', '.join(VIDEOS)}) and no folders of pictures")
    without = [path for path, depth in found.items() if depth is None]
    if without and len(without) < len(found):
        raise ValueError(f"{without[0]} has no depth beside it, and others have; give it to all or to none")
    return found


def _pictures(folder: Path, suffixes: tuple[str, ...] = PICTURES) -> list[Path]:
    """In the order of their names, in which numbers count as numbers: 2.png is before 10.png."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in suffixes]
    return sorted(found, key=_name_with_numbers)


def _name_with_numbers(path: Path) -> tuple[str | int, ...]:
    """Text and number by turns, so that any two can be compared."""
    return tuple(int(part) if i % 2 else part for i, part in enumerate(re.split(r"([0-9]+)", path.name)))


def _files(path: Path) -> list[Path]:
    return _pictures(path) if path.is_dir() else [path]


def _starts(length: int, frames: int, stride: int) -> range:
    """The frames that clips start with, of a video of so many."""
    return range(0, length - frames + 1, stride)


def _clips(path: Path, depth: Depth | None, size: int, frames: int, starts: range) -> Iterator[Episode]:
    """The clips of a video, one in memory at a time."""
    pictures = (square(decode_rgb(file.read_bytes()), size) for file in _pictures(path)) if path.is_dir() else None
    last, made = deque(maxlen=frames), 0
    for t, picture in enumerate(pictures or video_frames(path, size)):
        last.append((picture, depth(t)) if depth else (picture,))
        if t + 1 - frames in starts:
            made += 1
            yield dict(zip(("rgb", "depth"), map(np.stack, zip(*last, strict=True)), strict=False))
    if made < len(starts):
        raise ValueError(f"it ends early: {made} of {len(starts)} clips could be decoded")


def _depth(path: Path | None, length: int, size: int, scale: float) -> Depth | None:
    """The depth of a video of so many frames; None where there is none."""
    if path is None:
        return None
    if path.is_dir():
        files = _pictures(path, (".png",))
        there, depth = len(files), lambda t: _metres(decode_uint16(files[t].read_bytes()), size, scale, files[t])
    else:
        values = _array(path)
        there, depth = len(values), lambda t: _metres(values[t], size, scale, f"{path}, frame {t}")
    if there != length:
        raise ValueError(f"it has {length} frames, and its depth {there}")
    return depth


def _array(path: Path) -> np.ndarray:
    """Numbers (time, y, x)."""
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
        if isinstance(values, np.lib.npyio.NpzFile):
            with values as file:
                values = file["depth" if "depth" in file.files or len(file.files) != 1 else file.files[0]]
    except Exception as error:  # numpy, zipfile and zlib fail each in their own way
        raise ValueError(f"{path}: no array can be read ({' '.join(str(error).split())[:100]})") from None
    if values.ndim != 3 or values.dtype.kind not in "fiu":
        raise ValueError(f"{path}: it is {values.dtype} {values.shape}; it should be numbers (time, y, x)")
    return values


def _metres(values: np.ndarray, size: int, scale: float, where: object) -> np.ndarray:
    metres = (square_nearest(np.asarray(values, np.float64), size) * scale).astype(np.float32)
    if not np.isfinite(metres).all() or metres.min(initial=0) < 0:
        raise ValueError(f"{where}: depth must be finite and 0 or more; write 0 where nobody measured")
    return metres

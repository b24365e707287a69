"""Files that are either there in full or not at all, whenever the machine stops."""

import os
from pathlib import Path

SCRATCH = ".making"  # in the store's folder, beside the splits: whatever lies there is half-made


def write_durably(path: Path, data: bytes, scratch: Path) -> None:
    """Write `data` to `path` as one step: into `scratch`, to the disk, then renamed.

    The new name itself is only safe after `sync_folders`. `scratch` must be on the same file system.
    """
    scratch.mkdir(exist_ok=True)
    half = scratch / f"{os.getpid()}-{path.name}"
    with half.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    half.replace(path)


def sync_folders(paths: list[Path], up_to: Path) -> None:
    """Bring to the disk the names of `paths` in their folders, and of those folders, up to `up_to`."""
    folders = {folder for path in paths for folder in path.parents if folder.is_relative_to(up_to)}
    for folder in sorted(folders, reverse=True):
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

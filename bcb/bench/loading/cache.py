"""The page cache: dropped for a cold read, filled for a warm one."""

import os
from pathlib import Path


def can_drop() -> bool:
    return hasattr(os, "posix_fadvise")


def drop(folder: Path) -> None:
    """Ask the system to forget the contents of all files in a folder; their names and sizes it may remember."""
    for path in _files(folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)  # what isn't written yet can't be dropped
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


def fill(folder: Path) -> None:
    for path in _files(folder):
        with path.open("rb") as file:
            while file.read(2**22):
                pass


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())

"""Can something be written at a path? Asked before the work, not after."""

import os
from pathlib import Path


def check_place(option: str, path: Path) -> None:
    """Raise ValueError, naming the option, unless a file or folder can be made at a path. Makes nothing."""
    if path.exists():
        return
    nearest = next(folder for folder in path.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise ValueError(f"{option} {path} can't be made: {nearest} is a file; choose another path")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise ValueError(f"{option} {path} can't be made: {nearest} may not be written to; choose another path")

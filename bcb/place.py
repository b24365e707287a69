"""Can something be written at a path? Asked before the work, not after."""

import os
from collections.abc import Iterable
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


PAGES = (".html", ".md", ".svg")  # may be made again where they lie


def check_outputs(inputs: Iterable[str], outputs: Iterable[Path]) -> None:
    """Raise ValueError where an output would be written over an input, or over another output."""
    read = {Path(name).resolve() for name in inputs}
    written: set[Path] = set()
    for path in outputs:
        if path.resolve() in read:
            raise ValueError(f"{path} is read, so it can't be written; choose another path")
        if path.resolve() in written:
            raise ValueError(f"{path} would be written twice; choose another path")
        if path.exists() and path.suffix not in PAGES and read & set(path.resolve().parents):
            raise ValueError(f"{path} is part of what is read, so it can't be written; choose another path")
        written.add(path.resolve())

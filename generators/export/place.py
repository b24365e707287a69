"""Where an export is written: beside its place first, renamed when it is whole and on the disk."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generators.bucket.flock import locked_folder

ABOUT = "dataset.json"
EXPORT = "bcb-export"


def check_replaceable(out: Path, overwrite: bool) -> None:
    """Raise ValueError unless nothing lies at `out`, or an export that may be replaced."""
    if _is_nothing(out):
        return
    try:
        ours = json.loads((out / ABOUT).read_bytes())["format"] == EXPORT
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise ValueError(f"{out} is there already and is no export; choose another path")
    if not overwrite:
        raise ValueError(f"{out} holds an export already; choose another path, or overwrite it")


@contextmanager
def new_folder(out: Path, overwrite: bool) -> Iterator[Path]:
    """A folder to write in, which is at `out` in the end. After an error `out` is what it was.

    After a kill, too, but for one that comes between two renames: then `out` is missing, and what it was is in
    `.NAME.making/old`, beside it, until the next call puts it back. Whatever else a killed process leaves there goes
    with the next one. Raises ValueError as `check_replaceable` does, and StoreError when another process is writing
    the same export.
    """
    out = Path(os.path.abspath(out))
    scratch = out.parent / f".{out.name}.making"
    new, old = scratch / "new", scratch / "old"
    with locked_folder(scratch):
        _put_back(old, out)
        check_replaceable(out, overwrite)
        try:
            for left in (new, old):
                shutil.rmtree(left, ignore_errors=True)
            new.mkdir()
            yield new
            _sync(new)
            if out.exists():
                out.rename(old)
            new.rename(out)
            _sync_one(out.parent)
        finally:
            _put_back(old, out)  # if it can't be, it stays where it is, for the next call
            shutil.rmtree(scratch, ignore_errors=True)


def _is_nothing(out: Path) -> bool:
    return not os.path.lexists(out) or (out.is_dir() and not any(out.iterdir()))


def _put_back(old: Path, out: Path) -> None:
    """Undo the first rename where the second wasn't made."""
    if os.path.lexists(old) and _is_nothing(out):
        old.rename(out)


def _sync(root: Path) -> None:
    """Bring all files of a folder to the disk, and their names."""
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            _sync_one(Path(folder, name))
        _sync_one(Path(folder))


def _sync_one(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

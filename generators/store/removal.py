"""Taking away what is ours in a store, and only that."""

import shutil
from pathlib import Path

from generators.spec import SPLITS
from generators.store.commits import COMMITS
from generators.store.files import SCRATCH
from generators.store.schema import ARRAYS
from generators.store.splits import TRASH, check_ours


def remove_store(store: Path) -> None:
    """Delete the splits and records of a store; anything else in its folder stays.

    Raises StoreError, deleting nothing, when the folder is no store. What is deleted is first renamed
    to `.trash`, so that a kill on the way leaves no half of a split that looks like one.
    """
    check_ours(store)
    remove_leftovers(store)
    trash = store / TRASH
    trash.mkdir()
    for name in (*SPLITS, COMMITS):
        if (store / name).exists():
            (store / name).rename(trash / name)
    shutil.rmtree(trash)


def remove_leftovers(store: Path) -> None:
    """Delete what a killed writer left half-done. Only for the holder of the store's lock."""
    for name in (SCRATCH, TRASH):
        if (store / name).exists():
            shutil.rmtree(store / name)


def remove_strays(split_folder: Path, keep: set[str]) -> None:
    """Delete every object of the schema's arrays that isn't one of `keep` (paths in the split's folder)."""
    for name in ARRAYS:
        for path in sorted((split_folder / name).rglob("*"), reverse=True):  # what is inside before its folder
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path.relative_to(split_folder).as_posix() not in keep:
                path.unlink()

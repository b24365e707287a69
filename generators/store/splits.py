"""What lies at a path: is it a store, which splits has it, and what do their metadata say?

Nothing here needs the data to be complete; `opening.py` insists on that.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.spec import SPLITS
from generators.store.commits import COMMITS, metadata_commit_path
from generators.store.errors import StoreError
from generators.store.files import SCRATCH
from generators.store.schema import ARRAYS, FORMAT, FORMAT_VERSION, GROUP_METADATA

LOCK = ".lock"
TRASH = ".trash"


@dataclass(frozen=True)
class StoredSplit:
    """A split as its metadata tell it.

    attributes: of the group.   arrays: the parsed zarr.json of each array; one that can't be read is {}.
    """

    store: Path
    split: str
    attributes: dict[str, Any]
    arrays: dict[str, dict[str, Any]]

    @property
    def folder(self) -> Path:
        return self.store / self.split

    @property
    def episodes(self) -> int:
        """The number of episodes, or the number asked for while the split is being made."""
        return max((array["shape"][0] for array in self.arrays.values() if array), default=0)

    @property
    def shard_episodes(self) -> int:
        """Episodes in a shard. Raises StoreError when no array tells."""
        for array in self.arrays.values():
            if array:
                return array["chunk_grid"]["configuration"]["chunk_shape"][0]
        raise StoreError(f"{self.folder} has no arrays; make the store again with overwrite")


def check_ours(store: Path) -> None:
    """Raise StoreError unless the path is a store, or a folder with nothing in it yet."""
    if not store.exists():
        raise StoreError(f"there is no store at {store}; make one with `bcb generate --out {store}`")
    if not store.is_dir():
        raise StoreError(f"{store} is a file, not a store (a store is a folder)")
    if _has_format(store):
        raise StoreError(f"{store} is one split of a store; name the store: {store.parent}")
    names = {path.name for path in store.iterdir()}
    for split in names & set(SPLITS):
        if not _has_format(store / split) and not metadata_commit_path(store, split).exists():
            raise StoreError(f"{store / split} is no split of a bcb store; choose another path")
    if not names & set(SPLITS) and names - {LOCK, TRASH, SCRATCH, COMMITS}:
        raise StoreError(f"{store} is a folder but no bcb store; choose another path")


def stored_splits(store: Path) -> list[StoredSplit]:
    """The splits of the store at a path, in the order of SPLITS; [] when it has none yet.

    Raises StoreError when the path is something else than a store, or one of a newer format.
    """
    check_ours(store)
    return [read_split(store, split) for split in SPLITS if (store / split).exists()]


def read_split(store: Path, split: str) -> StoredSplit:
    """One split of what is a store. Raises StoreError when its metadata are damaged or of a newer format."""
    if not _has_format(store / split):
        raise StoreError(f"{store / split / GROUP_METADATA} is damaged; make the store again with overwrite")
    attributes = _group_attributes(store / split)
    version = attributes.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise StoreError(f"{store} is of format version {version}; this bcb reads {FORMAT_VERSION}: upgrade bcb")
    return StoredSplit(store, split, attributes, {name: _array(store / split / name) for name in ARRAYS})


def _has_format(folder: Path) -> bool:
    return _group_attributes(folder).get("format") == FORMAT


def _group_attributes(folder: Path) -> dict[str, Any]:
    found = _json(folder / GROUP_METADATA).get("attributes")
    return found if isinstance(found, dict) else {}


def _array(folder: Path) -> dict[str, Any]:
    """An array's metadata, or {} when they aren't there or don't tell its size."""
    found = _json(folder / "zarr.json")
    try:
        sizes = found["shape"][0], found["chunk_grid"]["configuration"]["chunk_shape"][0]
    except (KeyError, TypeError, IndexError):
        return {}
    return found if all(isinstance(size, int) and size > 0 for size in sizes) else {}


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

"""Commit records: what a shard's objects must be. Written last; without its record a shard doesn't exist.

They lie beside the splits, not in them (`STORE/commits/test/000003.json`), so that a split holds
nothing but zarr. `metadata.json` is the record of a split's zarr.json files.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from generators.store.files import SCRATCH, sync_folder, write_durably

COMMITS = "commits"


@dataclass(frozen=True)
class Commit:
    """Episodes [start, stop), and the (size in bytes, SHA-256 in hex) of every object that holds them.

    objects: by path in the split's folder.
    """

    start: int
    stop: int
    objects: dict[str, tuple[int, str]]


def digest(data: bytes) -> tuple[int, str]:
    return len(data), hashlib.sha256(data).hexdigest()


def shard_commit_path(store: Path, split: str, shard: int) -> Path:
    return store / COMMITS / split / f"{shard:06d}.json"


def metadata_commit_path(store: Path, split: str) -> Path:
    return store / COMMITS / split / "metadata.json"


def write_commit(path: Path, commit: Commit, store: Path) -> None:
    """Write the record durably. Everything it names must be on the disk before."""
    objects = {key: {"size": size, "sha256": sha256} for key, (size, sha256) in sorted(commit.objects.items())}
    text = json.dumps({"episodes": [commit.start, commit.stop], "objects": objects}, indent=1)
    write_durably(path, text.encode(), store / SCRATCH)
    for folder in (path.parent, path.parent.parent, store):
        sync_folder(folder)


def read_commit(path: Path) -> Commit | None:
    """The record, or None where there is none that can be read."""
    try:
        record = json.loads(path.read_bytes())
        start, stop = record["episodes"]
        objects = {key: (value["size"], value["sha256"]) for key, value in record["objects"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Commit(start, stop, objects)


def wrong_size(folder: Path, commit: Commit) -> str | None:
    """The first object that is missing or not as long as it was committed; None when all are."""
    for key, (size, _) in commit.objects.items():
        path = folder / key
        if not path.is_file() or path.stat().st_size != size:
            return key
    return None


def wrong_hash(folder: Path, commit: Commit) -> str | None:
    """The first object whose bytes are not the ones committed; None when all are."""
    for key, expected in commit.objects.items():
        path = folder / key
        if not path.is_file() or digest(path.read_bytes()) != expected:
            return key
    return None

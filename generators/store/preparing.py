"""Getting a split ready to be written: its metadata, and what of its shards can stay."""

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from generators.spec import Spec
from generators.store.commits import (
    COMMITS,
    Commit,
    digest,
    metadata_commit_path,
    read_commit,
    shard_commit_path,
    write_commit,
    wrong_hash,
)
from generators.store.files import SCRATCH, sync_folder, sync_folders, write_durably
from generators.store.removal import remove_strays
from generators.store.schema import attributes, metadata, shard_count
from generators.store.splits import StoredSplit

MADE_WITH = ("bcb", "numpy", "pymunk", "numcodecs")


def shard_range(shard: int, shard_episodes: int, episodes: int) -> tuple[int, int]:
    """The episodes [start, stop) of a shard."""
    return shard * shard_episodes, min(episodes, (shard + 1) * shard_episodes)


def prepare_split(
    store: Path, spec: Spec, split: str, episodes: int, shard_episodes: int, stored: StoredSplit | None
) -> None:
    """Write the split's zarr.json files and their commit record, unless they are there already.

    A split that grows keeps its whole shards; its last one, if partial, loses its commit and is made again.
    """
    group = attributes(spec, split, stored.attributes.get("versions", {}) if stored else _versions())
    texts = {
        key: json.dumps(value, indent=1).encode()
        for key, value in metadata(spec, episodes, shard_episodes, group).items()
    }
    folder = store / split
    record = metadata_commit_path(store, split)
    commit = Commit(0, episodes, {key: digest(text) for key, text in texts.items()})
    if stored and read_commit(record) == commit and not wrong_hash(folder, commit):
        return
    record.unlink(missing_ok=True)  # until it is back, nobody reads the split
    target = folder if stored else store / SCRATCH / split  # a new split appears whole, by one rename
    target.mkdir(parents=True, exist_ok=True)
    for key, text in texts.items():
        write_durably(target / key, text, store / SCRATCH)
    sync_folders([target / key for key in texts], target)
    if not stored:
        target.rename(folder)
        sync_folder(store)
    write_commit(record, commit, store)


def keep_shards(store: Path, spec: Spec, split: str, episodes: int, shard_episodes: int) -> list[int]:
    """The shards of a prepared split that are committed and sound, to the byte; all other objects are deleted."""
    folder = store / split
    kept: list[int] = []
    keep = set(metadata(spec, episodes, shard_episodes, {}))
    for shard in range(shard_count(episodes, shard_episodes)):
        commit = read_commit(shard_commit_path(store, split, shard))
        due = shard_range(shard, shard_episodes, episodes)
        if commit and (commit.start, commit.stop) == due and not wrong_hash(folder, commit):
            kept.append(shard)
            keep |= set(commit.objects)
    records = {shard_commit_path(store, split, shard) for shard in kept} | {metadata_commit_path(store, split)}
    for record in (store / COMMITS / split).iterdir():
        if record not in records:
            record.unlink()
    sync_folder(store / COMMITS / split)  # no record outlives its objects
    remove_strays(folder, keep)
    return kept


def _versions() -> dict[str, str]:
    def of(package: str) -> str:
        try:
            return version(package)
        except PackageNotFoundError:
            return "unknown"

    return {package: of(package) for package in MADE_WITH}

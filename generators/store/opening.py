"""Opening a split for reading: it is whole, and lies as the schema says, or it isn't opened."""

import json
from pathlib import Path

from generators.spec import SPLITS, Spec, parse_spec
from generators.store.commits import metadata_commit_path, read_commit, shard_commit_path, wrong_size
from generators.store.errors import StoreError
from generators.store.schema import metadata, shard_count
from generators.store.splits import StoredSplit, check_ours, read_split


def open_split(store: Path, split: str) -> StoredSplit:
    """The split, after a look at its metadata, its commits and the size of every object.

    Raises StoreError, saying what to do, when it doesn't exist or isn't all there.
    """
    check_ours(store)
    if split not in SPLITS:
        raise StoreError(f"split {split!r} is not one of: {', '.join(SPLITS)}")
    if not (store / split).exists():
        there = ", ".join(name for name in SPLITS if (store / name).exists())
        raise StoreError(f"{store} has no split {split!r}; it has: {there or 'none yet'}")
    found = read_split(store, split)
    reason = incomplete(found) or misshapen(found)
    if reason:
        raise StoreError(f"{store} isn't complete ({reason}); run the same bcb generate command again")
    return found


def incomplete(split: StoredSplit) -> str | None:
    """Why the split can't be read yet, in a few words; None when every shard is committed and there."""
    record = read_commit(metadata_commit_path(split.store, split.split))
    if record is None or any(array.get("shape", [None])[0] != record.stop for array in split.arrays.values()):
        return f"the metadata of {split.split} aren't committed"
    count, long = split.episodes, split.shard_episodes
    for shard in range(shard_count(count, long)):
        commit = read_commit(shard_commit_path(split.store, split.split, shard))
        if commit is None or (commit.start, commit.stop) != (shard * long, min(count, (shard + 1) * long)):
            return f"shard {shard} of {split.split} isn't committed"
        wrong = wrong_size(split.folder, commit)
        if wrong:
            return f"{split.split}/{wrong} is missing or cut short"
    return None


def misshapen(split: StoredSplit) -> str | None:
    """The first array whose metadata aren't the schema's, in a few words; None when all are. Ignores attributes."""
    expected = metadata(spec_of(split), split.episodes, split.shard_episodes, split.attributes)
    for name, array in split.arrays.items():
        if array | {"attributes": {}} != expected[f"{name}/zarr.json"]:
            return f"{split.split}/{name}/zarr.json has been changed"
    return None


def spec_of(split: StoredSplit) -> Spec:
    """The spec in a split's attributes. Raises StoreError when it is none that this bcb can make."""
    where = f"the spec of {split.folder}"
    try:
        spec = parse_spec(json.dumps(split.attributes.get("spec")))
    except ValueError as error:
        raise StoreError(f"{where} can't be read by this bcb: {error}") from error
    if spec.fingerprint != split.attributes.get("fingerprint"):
        raise StoreError(f"{where} doesn't have the fingerprint that stands beside it; make the store again")
    return spec

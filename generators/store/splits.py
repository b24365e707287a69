"""What lies in a bucket: is it a store, which splits has it, and what are they to be?

Nothing here needs the data to be complete; `opening.py` insists on that.
"""

import json
from dataclasses import dataclass
from typing import Any

from generators.bucket import Bucket
from generators.errors import StoreError
from generators.kinds import kind_of, parse_any
from generators.spec import SPLITS
from generators.store.commits import COMMITS
from generators.store.plan import Plan, parse_plan, plan_key
from generators.store.schema import FORMAT, FORMAT_VERSION, GROUP_METADATA


@dataclass(frozen=True)
class StoredSplit:
    """A split that is there, or was begun.

    planned: whether its plan could be read; else `plan` is what its zarr.json files tell.
    """

    bucket: Bucket
    plan: Plan
    planned: bool


def check_ours(bucket: Bucket) -> None:
    """Raise StoreError unless the bucket is a store, or a folder with nothing in it yet."""
    where = bucket.name
    if not bucket.exists():
        raise StoreError(f"there is no store at {where}; make one with `bcb generate --out {where}`")
    try:
        names = bucket.top()
    except NotADirectoryError:
        raise StoreError(f"{where} is a file, not a store (a store is a folder)") from None
    if GROUP_METADATA in names and _is_ours(_attributes(bucket, GROUP_METADATA)):
        raise StoreError(f"{where} is one split of a store; name the store: {where.rpartition('/')[0]}")
    for split in SPLITS:
        if split in names and not _is_split(bucket, split):
            raise StoreError(f"{where}/{split} is no split of a bcb store; choose another path")
    if names and not names & {*SPLITS, COMMITS}:
        raise StoreError(f"{where} is a folder but no bcb store; choose another path")


def stored_splits(bucket: Bucket) -> list[StoredSplit]:
    """The splits of the store in a bucket, in the order of SPLITS; [] when it has none yet.

    Raises StoreError when the bucket holds something else than a store, or one that this bcb can't read.
    """
    check_ours(bucket)
    names = bucket.top()
    named = [split for split in SPLITS if split in names or (COMMITS in names and _plan_text(bucket, split))]
    return [read_split(bucket, split) for split in named if _begun(bucket, split)]


def begun_counts(bucket: Bucket) -> dict[str, int]:
    """The episodes that each split of a store is to have; {} where none was begun beyond its plan.

    (Plans are all written before anything else, so a store that has more has all of its plans.)
    """
    if not bucket.exists():
        return {}
    stored = stored_splits(bucket)
    begun = any(bucket.sizes(f"{found.plan.split}/") for found in stored)
    return {found.plan.split: found.plan.episodes for found in stored} if begun else {}


def read_split(bucket: Bucket, split: str) -> StoredSplit:
    """One split of what is a store. Raises StoreError when neither its plan nor its zarr.json tell what it is."""
    plan = _plan(bucket, split)
    if plan:
        return StoredSplit(bucket, plan, True)
    return StoredSplit(bucket, _plan_from_zarr(bucket, split), False)


def _plan_from_zarr(bucket: Bucket, split: str) -> Plan:
    where = f"{bucket.name}/{split}"
    attributes = _attributes(bucket, f"{split}/{GROUP_METADATA}")
    if not _is_ours(attributes):
        raise StoreError(f"{where}/{GROUP_METADATA} is damaged; make the store again with overwrite")
    version = attributes.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise StoreError(f"{bucket.name} is of format version {version}; this bcb reads {FORMAT_VERSION}: upgrade bcb")
    try:
        spec = parse_any(json.dumps(attributes.get("spec")))
    except ValueError as error:
        raise StoreError(f"the spec of {where} can't be read by this bcb: {error}") from error
    if spec.fingerprint != attributes.get("fingerprint"):
        raise StoreError(f"the spec of {where} doesn't have the fingerprint beside it; make the store again")
    for name in kind_of(spec).arrays(spec):
        array = read_json(bucket, f"{split}/{name}/zarr.json")
        try:
            sizes = array["shape"][0], array["chunk_grid"]["configuration"]["chunk_shape"][0]
        except (KeyError, TypeError, IndexError):
            continue
        if all(isinstance(size, int) and size > 0 for size in sizes):
            versions = attributes.get("versions")
            return Plan(spec, split, *sizes, versions if isinstance(versions, dict) else {})
    raise StoreError(f"{where} has no arrays; make the store again with overwrite")


def read_json(bucket: Bucket, key: str) -> dict[str, Any]:
    """A JSON object of a bucket; {} when it isn't there or is damaged."""
    try:
        found = json.loads(bucket.read(key))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _attributes(bucket: Bucket, key: str) -> dict[str, Any]:
    found = read_json(bucket, key).get("attributes")
    return found if isinstance(found, dict) else {}


def _is_ours(attributes: dict[str, Any]) -> bool:
    return attributes.get("format") == FORMAT


def _is_split(bucket: Bucket, split: str) -> bool:
    recorded = bool(bucket.sizes(f"{COMMITS}/{split}/"))
    return recorded or _is_ours(_attributes(bucket, f"{split}/{GROUP_METADATA}"))


def _begun(bucket: Bucket, split: str) -> bool:
    """Whether there is more than a damaged plan: whoever has lost no more than that can begin anew."""
    first = (plan_key(split), f"{split}/{GROUP_METADATA}")
    return bool(_plan(bucket, split)) or any(
        key not in first for folder in (f"{COMMITS}/{split}/", f"{split}/") for key in bucket.sizes(folder)
    )


def _plan(bucket: Bucket, split: str) -> Plan | None:
    text = _plan_text(bucket, split)
    plan = parse_plan(text) if text else None
    return plan if plan and plan.split == split else None


def _plan_text(bucket: Bucket, split: str) -> bytes | None:
    try:
        return bucket.read(plan_key(split))
    except (FileNotFoundError, NotADirectoryError):
        return None

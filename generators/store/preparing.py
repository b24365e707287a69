"""Getting a split ready to be written: its plan, its metadata, and what of its shards can stay."""

from collections.abc import Iterable, Sequence

from generators.bucket import Bucket
from generators.errors import StoreError
from generators.store.commits import COMMITS, read_commits, shard_commit_key, wrong_hash, wrong_size
from generators.store.plan import Plan, plan_key
from generators.store.schema import layouts


def prepare(bucket: Bucket, plans: Sequence[Plan]) -> None:
    """Write every plan, then every zarr.json, where they aren't there as they should be.

    Raises StoreError when another writer was faster, with another plan.
    """
    for plan in plans:  # first: from here on, all else can be made again
        key, text = plan_key(plan.split), plan.to_json()
        there = _text(bucket, key)
        if there is None:
            try:
                bucket.create(key, text)
            except FileExistsError:
                if _text(bucket, key) != text:
                    raise StoreError(
                        f"{bucket.name} is being made with other options; wait, or choose another path"
                    ) from None
        elif there != text:
            bucket.write({key: text})
    for plan in plans:
        for name, text in plan.metadata().items():
            if _text(bucket, f"{plan.split}/{name}") != text:
                bucket.write({f"{plan.split}/{name}": text})


def kept_shards(bucket: Bucket, plan: Plan, shards: Iterable[int] | None = None) -> list[int]:
    """Which shards (None: of all) are committed and sound: to the byte in a folder, to the size in an object store."""
    sizes, kept = bucket.sizes(f"{plan.split}/"), []
    wanted = range(plan.shards) if shards is None else list(shards)
    for shard, commit in zip(wanted, read_commits(bucket, plan.split, wanted), strict=True):
        if (
            commit
            and (commit.start, commit.stop) == plan.range(shard)
            and not wrong_size(sizes, plan.split, commit)
            and not (bucket.near and wrong_hash(bucket, plan.split, commit))
        ):
            kept.append(shard)
    return kept


def remove_others(bucket: Bucket, plan: Plan, kept: list[int]) -> None:
    """Delete every record and every object of the split's arrays that doesn't belong to one of the shards `kept`."""
    keep = {plan_key(plan.split), *(f"{plan.split}/{key}" for key in plan.metadata())}
    for shard, commit in zip(kept, read_commits(bucket, plan.split, kept), strict=True):
        keep |= {shard_commit_key(plan.split, shard)}
        keep |= {f"{plan.split}/{key}" for key in (commit.objects if commit else ())}
    records = [key for key in bucket.sizes(f"{COMMITS}/{plan.split}/") if key not in keep]
    bucket.delete(records)  # before the objects: no record outlives them
    for name in layouts(plan.spec):
        bucket.delete([key for key in bucket.sizes(f"{plan.split}/{name}/") if key not in keep])


def _text(bucket: Bucket, key: str) -> bytes | None:
    try:
        return bucket.read(key)
    except FileNotFoundError:
        return None

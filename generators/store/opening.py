"""Opening a split for reading: it is whole, and lies as the schema says, or it isn't opened."""

import json

from generators.bucket import Bucket
from generators.errors import StoreError
from generators.kinds import AnySpec, can_be_remade, kind_of
from generators.spec import SPLITS
from generators.store.commits import read_commits, wrong_size
from generators.store.schema import GROUP_METADATA
from generators.store.splits import StoredSplit, read_json, stored_splits


def open_split(bucket: Bucket, split: str) -> StoredSplit:
    """The split, after a look at its plan, its metadata, its commits and the size of every object.

    Raises StoreError, saying what to do, when it doesn't exist or isn't all there.
    """
    stored = {found.plan.split: found for found in stored_splits(bucket)}
    if split not in SPLITS:
        raise StoreError(f"split {split!r} is not one of: {', '.join(SPLITS)}")
    if split not in stored:
        raise StoreError(f"{bucket.name} has no split {split!r}; it has: {', '.join(stored) or 'none yet'}")
    reason = incomplete(stored[split])
    if reason:
        raise StoreError(f"{bucket.name} isn't complete ({reason}); {completing(stored[split].plan.spec, bucket.name)}")
    return stored[split]


def completing(spec: AnySpec, name: str) -> str:
    """What to do, in words, about the store `name` that isn't whole."""
    again = f"run the same {kind_of(spec).command} command again"
    return f"{again}, or bcb verify {name} --repair" if can_be_remade(spec) else again


def incomplete(found: StoredSplit) -> str | None:
    """Why the split can't be read yet, in a few words; None when every shard is committed and there."""
    bucket, plan = found.bucket, found.plan
    if not found.planned:
        return f"the plan of {plan.split} is missing or damaged"
    sizes = bucket.sizes(f"{plan.split}/")
    for key, text in plan.metadata().items():
        if sizes.get(f"{plan.split}/{key}") != len(text):
            return f"{plan.split}/{key} is missing or has been changed"
    if read_json(bucket, f"{plan.split}/{GROUP_METADATA}") != json.loads(plan.metadata()[GROUP_METADATA]):
        return f"{plan.split}/{GROUP_METADATA} has been changed"
    for shard, commit in enumerate(read_commits(bucket, plan.split, range(plan.shards))):
        if commit is None or (commit.start, commit.stop) != plan.range(shard):
            return f"shard {shard} of {plan.split} isn't committed"
        wrong = wrong_size(sizes, plan.split, commit)
        if wrong:
            return f"{plan.split}/{wrong} is missing or cut short"
    return None

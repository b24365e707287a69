"""May this dataset be written here?"""

import json
from collections.abc import Mapping
from typing import Any

from generators.bucket import Bucket
from generators.errors import StoreError
from generators.kinds import AnySpec
from generators.store.commits import read_commits
from generators.store.splits import StoredSplit, check_ours, stored_splits

SHOWN = 3  # fields that differ, of which one line can tell


def check_claim(
    bucket: Bucket,
    spec: AnySpec,
    counts: Mapping[str, int],
    shard_episodes: int | None,
    *,
    overwrite: bool = False,
    shared: bool = False,
) -> dict[str, StoredSplit]:
    """What the store in the bucket holds of this dataset, by split; {} where there is nothing, or it may go.

    Touches nothing. Raises StoreError when the bucket holds something else, another dataset (it names the
    fields that differ), more episodes than asked for, or shards of another size. A split that was begun with more
    episodes and never finished may be finished with fewer, but not by one that shares it with others.
    """
    if not bucket.exists():
        return {}
    if overwrite:
        check_ours(bucket)
        return {}
    stored = {found.plan.split: found for found in stored_splits(bucket)}
    for name, found in stored.items():
        plan = found.plan
        differing = differences(json.loads(plan.spec.to_json()), json.loads(spec.to_json()))
        if differing:
            raise StoreError(
                f"{bucket.name} holds another dataset ({'; '.join(differing[:SHOWN])}"
                f"{f'; and {len(differing) - SHOWN} more' if differing[SHOWN:] else ''}); "
                "choose another path, or --overwrite it"
            )
        if counts.get(name, plan.episodes) < plan.episodes and (shared or all_committed(found)):
            raise StoreError(
                f"{bucket.name} has {plan.episodes} {name} episodes, more than the {counts[name]} asked for; "
                f"ask for at least {plan.episodes}, or --overwrite it"
            )
        if shard_episodes not in (None, plan.shard_episodes):
            raise StoreError(
                f"the {name} shards of {bucket.name} hold {plan.shard_episodes} episodes, not {shard_episodes}; "
                "leave the number out, or --overwrite it"
            )
    return stored


def all_committed(found: StoredSplit) -> bool:
    """Was the split ever finished, whatever has become of it since?"""
    plan = found.plan
    commits = read_commits(found.bucket, plan.split, range(plan.shards))
    return all(commit and (commit.start, commit.stop) == plan.range(shard) for shard, commit in enumerate(commits))


def _has_name(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("name"), str)


def differences(there: Any, asked: Any, path: str = "") -> list[str]:
    """The fields in which two JSON values differ, in words."""
    if isinstance(there, dict) and isinstance(asked, dict):
        keys = sorted(there.keys() | asked.keys())
        return [
            words
            for key in keys
            for words in differences(there.get(key), asked.get(key), f"{path}.{key}" if path else key)
        ]
    named = isinstance(there, list) and isinstance(asked, list) and all(_has_name(x) for x in there + asked)
    if named:  # as arrays of an imported dataset are
        mine, theirs = ({x["name"]: x for x in items} for items in (there, asked))
        return differences(mine, theirs, path)
    return [] if there == asked else [f"{path or 'spec'}: {json.dumps(there)} there, {json.dumps(asked)} asked"]

"""May this dataset be written at this path?"""

import json
from pathlib import Path
from typing import Any

from generators.spec import Spec
from generators.store.errors import StoreError
from generators.store.splits import StoredSplit, check_ours, stored_splits


def check_claim(
    store: Path, spec: Spec, counts: dict[str, int], shard_episodes: int | None, overwrite: bool
) -> dict[str, StoredSplit]:
    """What the store at the path holds of this dataset, by split; {} where there is nothing, or it may go.

    Touches nothing. Raises StoreError when the path holds something else, another dataset (it names the
    fields that differ), more episodes than asked for, or shards of another size.
    """
    if not store.exists():
        return {}
    if overwrite:
        check_ours(store)
        return {}
    stored = {found.split: found for found in stored_splits(store)}
    for name, found in stored.items():
        differing = differences(found.attributes.get("spec"), json.loads(spec.to_json()))
        if differing or found.attributes.get("fingerprint") != spec.fingerprint:
            raise StoreError(
                f"{store} holds another dataset ({'; '.join(differing) or 'another fingerprint'}); "
                "choose another path, or overwrite it"
            )
        if counts.get(name, found.episodes) < found.episodes:
            raise StoreError(
                f"{store} has {found.episodes} {name} episodes, more than the {counts[name]} asked for; "
                f"ask for at least {found.episodes}, or overwrite it"
            )
        if shard_episodes not in (None, found.shard_episodes):
            raise StoreError(
                f"the {name} shards of {store} hold {found.shard_episodes} episodes, not {shard_episodes}; "
                "leave the number out, or overwrite it"
            )
    return stored


def differences(there: Any, asked: Any, path: str = "") -> list[str]:
    """The fields in which two JSON values differ, in words."""
    if isinstance(there, dict) and isinstance(asked, dict):
        keys = sorted(there.keys() | asked.keys())
        return [
            words
            for key in keys
            for words in differences(there.get(key), asked.get(key), f"{path}.{key}" if path else key)
        ]
    return [] if there == asked else [f"{path or 'spec'}: {json.dumps(there)} there, {json.dumps(asked)} asked"]

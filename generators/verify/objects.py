"""Are the objects of a split the ones that were committed, and laid out as the schema says?"""

import json
from collections.abc import Iterator

from generators.store.commits import COMMITS, digest, parse_commit, shard_commit_key
from generators.store.plan import plan_key
from generators.store.schema import layouts
from generators.store.splits import StoredSplit
from generators.verify.problem import Problem


def metadata_problems(found: StoredSplit) -> Iterator[Problem]:
    """The plan, and every zarr.json that follows from it."""
    bucket, plan = found.bucket, found.plan
    if not found.planned:
        yield Problem(plan_key(plan.split), "is missing or damaged", plan.split)
    for name, expected in plan.metadata().items():
        key = f"{plan.split}/{name}"
        try:
            text = bucket.read(key)
        except FileNotFoundError:
            yield Problem(key, "is missing or no JSON", plan.split)
            continue
        if text != expected:
            yield Problem(key, _difference(text, json.loads(expected)), plan.split)


def shard_problems(found: StoredSplit, shard: int) -> Iterator[Problem]:
    """The commit of a shard, and every object it names: there, whole, and the same bytes."""
    bucket, plan = found.bucket, found.plan
    key = shard_commit_key(plan.split, shard)
    start, stop = plan.range(shard)
    try:
        commit = parse_commit(bucket.read(key))
    except FileNotFoundError:
        what = f"episodes {start}–{stop - 1} aren't committed"
        yield Problem(f"{plan.split} shard {shard}", what, plan.split, shard)
        return
    if commit is None or (commit.start, commit.stop) != (start, stop):
        yield Problem(key, f"isn't the record of episodes {start}–{stop - 1}", plan.split, shard)
        return
    if set(commit.objects) != {layout.object_key(shard) for layout in layouts(plan.spec).values()}:
        yield Problem(key, "doesn't name one object per array", plan.split, shard)
        return
    for name, (size, sha256) in commit.objects.items():
        where = f"{plan.split}/{name}"
        try:
            there = digest(bucket, where, size)
        except FileNotFoundError:
            yield Problem(where, "is missing", plan.split, shard)
            continue
        if there[0] != size:
            what = f"is {there[0]} bytes, not {size}" if there[0] < size else f"is longer than {size} bytes"
            yield Problem(where, what, plan.split, shard)
        elif there[1] != sha256:
            yield Problem(where, "isn't the bytes that were committed (SHA-256)", plan.split, shard)


def stray_keys(found: StoredSplit) -> Iterator[str]:
    """Objects in the split that belong to no shard, and records of shards that can't be."""
    bucket, plan = found.bucket, found.plan
    known = {f"{plan.split}/{key}" for key in plan.metadata()} | {plan_key(plan.split)}
    for shard in range(plan.shards):
        known |= {f"{plan.split}/{layout.object_key(shard)}" for layout in layouts(plan.spec).values()}
        known.add(shard_commit_key(plan.split, shard))
    for prefix in (f"{plan.split}/", f"{COMMITS}/{plan.split}/"):
        yield from (key for key in bucket.sizes(prefix) if key not in known)


def _difference(text: bytes, expected: dict) -> str:
    """In what a zarr.json differs from the one that belongs there, in words."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return "is missing or no JSON"
    wrong = sorted(key for key in expected.keys() | found.keys() if found.get(key) != expected.get(key))
    if "attributes" in wrong and isinstance(found.get("attributes"), dict):
        there, names = found["attributes"], found["attributes"].keys() | expected["attributes"].keys()
        wrong.remove("attributes")
        wrong += sorted(f"attribute {name}" for name in names if there.get(name) != expected["attributes"].get(name))
    return f"differs from the schema in: {', '.join(wrong)}" if wrong else "isn't the bytes that belong there"

"""Are the files of a split the ones that were committed, and laid out as the schema says?"""

import json
from collections.abc import Iterator

from generators.spec import Spec
from generators.store.commits import Commit, digest, metadata_commit_path, read_commit, shard_commit_path
from generators.store.preparing import shard_range
from generators.store.schema import attributes, layouts, metadata, shard_count
from generators.store.splits import StoredSplit
from generators.verify.problem import Problem

AGAIN = "run the same bcb generate command again"


def metadata_problems(split: StoredSplit, spec: Spec) -> Iterator[Problem]:
    """Every zarr.json against the schema, and against its commit record."""
    group = attributes(spec, split.split, split.attributes.get("versions", {}))
    for key, expected in metadata(spec, split.episodes, split.shard_episodes, group).items():
        where = f"{split.split}/{key}"
        try:
            found = json.loads((split.folder / key).read_bytes())
        except (OSError, ValueError):
            yield Problem(where, "is missing or no JSON")
            continue
        if found != expected:
            wrong = sorted(k for k in expected.keys() | found.keys() if found.get(k) != expected.get(k))
            if "attributes" in wrong:
                there = found.get("attributes", {})
                names = there.keys() | expected["attributes"].keys()
                wrong += sorted(f"attribute {k}" for k in names if there.get(k) != expected["attributes"].get(k))
                wrong.remove("attributes")
            yield Problem(where, f"differs from the schema in: {', '.join(wrong)}")
    record = read_commit(metadata_commit_path(split.store, split.split))
    if record is None:
        yield Problem(split.split, f"its metadata aren't committed; {AGAIN}")
    else:
        yield from _object_problems(split, record)


def shard_problems(split: StoredSplit, spec: Spec, shard: int) -> Iterator[Problem]:
    """The commit of a shard, and every object it names: there, whole, and the same bytes."""
    commit = read_commit(shard_commit_path(split.store, split.split, shard))
    start, stop = shard_range(shard, split.shard_episodes, split.episodes)
    if commit is None or (commit.start, commit.stop) != (start, stop):
        yield Problem(f"{split.split} shard {shard}", f"episodes {start}–{stop - 1} aren't committed; {AGAIN}")
        return
    if set(commit.objects) != _expected_objects(spec, shard):
        yield Problem(f"{split.split} shard {shard}", "its commit doesn't name one object per array")
    yield from _object_problems(split, commit)


def stray_problems(split: StoredSplit, spec: Spec) -> Iterator[Problem]:
    """Files in the split that belong to no shard, and records of shards that can't be."""
    shards = range(shard_count(split.episodes, split.shard_episodes))
    known = set(metadata(spec, split.episodes, split.shard_episodes, {}))
    known |= {key for shard in shards for key in _expected_objects(spec, shard)}
    for path in sorted(split.folder.rglob("*")):
        key = path.relative_to(split.folder).as_posix()
        if not path.is_dir() and key not in known:
            yield Problem(f"{split.split}/{key}", "doesn't belong to the store")
    records = {shard_commit_path(split.store, split.split, shard) for shard in shards}
    records.add(metadata_commit_path(split.store, split.split))
    for path in sorted(metadata_commit_path(split.store, split.split).parent.glob("*")):
        if path not in records:
            yield Problem(path.relative_to(split.store).as_posix(), "is a record of nothing in the store")


def _expected_objects(spec: Spec, shard: int) -> set[str]:
    return {layout.object_key(shard) for layout in layouts(spec).values()}


def _object_problems(split: StoredSplit, commit: Commit) -> Iterator[Problem]:
    for key, (size, sha256) in commit.objects.items():
        where, path = f"{split.split}/{key}", split.folder / key
        if not path.is_file():
            yield Problem(where, f"is missing; {AGAIN}")
        elif path.stat().st_size != size:
            yield Problem(where, f"is {path.stat().st_size} bytes, not {size}; {AGAIN}")
        elif digest(path.read_bytes()) != (size, sha256):
            yield Problem(where, f"isn't the bytes that were committed (SHA-256); {AGAIN}")

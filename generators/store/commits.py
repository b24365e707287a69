"""Commit records: what a shard's objects must be. Written last; without its record a shard doesn't exist.

They lie beside the splits, not in them (`STORE/commits/test/000003.json`), so that a split holds
nothing but zarr.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from generators.bucket import Bucket

COMMITS = "commits"
READS = 32  # records at a time
BLOCK = 2**23  # bytes of an object that are held at once


@dataclass(frozen=True)
class Commit:
    """Episodes [start, stop), and the (size in bytes, SHA-256 in hex) of every object that holds them.

    objects: by key within the split.
    """

    start: int
    stop: int
    objects: Mapping[str, tuple[int, str]]

    def to_json(self) -> bytes:
        """The one way to write this record."""
        objects = {key: {"size": size, "sha256": sha256} for key, (size, sha256) in sorted(self.objects.items())}
        return json.dumps({"episodes": [self.start, self.stop], "objects": objects}, indent=1).encode()


def parse_commit(data: bytes) -> Commit | None:
    """The record, or None when these aren't the very bytes that `Commit.to_json` writes."""
    try:
        record = json.loads(data)
        start, stop = record["episodes"]
        numbers = [start, stop, *(value["size"] for value in record["objects"].values())]
        if any(type(number) is not int or number < 0 for number in numbers):
            return None
        commit = Commit(
            start, stop, {key: (value["size"], value["sha256"]) for key, value in record["objects"].items()}
        )
        return commit if commit.to_json() == data else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def shard_commit_key(split: str, shard: int) -> str:
    return f"{COMMITS}/{split}/{shard:06d}.json"


def read_commit(bucket: Bucket, split: str, shard: int) -> Commit | None:
    """The record of a shard, or None where there is none that can be read."""
    try:
        return parse_commit(bucket.read(shard_commit_key(split, shard)))
    except FileNotFoundError:
        return None


def read_commits(bucket: Bucket, split: str, shards: Iterable[int]) -> list[Commit | None]:
    """`read_commit` of each, all at once where the bucket is far."""
    if bucket.near:
        return [read_commit(bucket, split, shard) for shard in shards]
    with ThreadPoolExecutor(READS) as pool:
        return list(pool.map(lambda shard: read_commit(bucket, split, shard), shards))


def write_commit(bucket: Bucket, split: str, shard: int, commit: Commit) -> None:
    """Everything that the record names must be durable before.

    Another maker of the same shard may have been faster; it wrote the same bytes. A record that is
    something else is replaced: what lies under its names now is ours.
    """
    key, data = shard_commit_key(split, shard), commit.to_json()
    try:
        bucket.create(key, data)
    except FileExistsError:
        if bucket.read(key) != data:
            bucket.write({key: data})


def wrong_size(sizes: Mapping[str, int], split: str, commit: Commit) -> str | None:
    """The first object that is missing or not as long as it was committed; None when all are.

    sizes: of the objects of the split, as `Bucket.sizes` gives them.
    """
    return next((key for key, (size, _) in commit.objects.items() if sizes.get(f"{split}/{key}") != size), None)


def wrong_hash(bucket: Bucket, split: str, commit: Commit) -> str | None:
    """The first object whose bytes are not the ones committed; None when all are."""
    for key, expected in commit.objects.items():
        try:
            if digest(bucket, f"{split}/{key}", expected[0]) != expected:
                return key
        except FileNotFoundError:
            return key
    return None


def digest(bucket: Bucket, key: str, size: int) -> tuple[int, str]:
    """(bytes, SHA-256 in hex) of an object that should be `size` bytes long; reads on to see that it is no longer."""
    sha256, there = hashlib.sha256(), 0
    while there <= size:
        wanted = min(BLOCK, size + 1 - there)
        block = bucket.read_range(key, there, wanted)
        sha256.update(block)
        there += len(block)
        if len(block) < wanted:
            break
    return there, sha256.hexdigest()

"""What a store is, in numbers, for `bcb inspect`."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from generators.bucket import open_bucket
from generators.errors import StoreError
from generators.kinds import AnySpec, kind_of
from generators.store.commits import READS
from generators.store.opening import incomplete
from generators.store.reader import Reader
from generators.store.schema import episode_bytes, layouts
from generators.store.splits import StoredSplit, stored_splits

BALANCE_EPISODES = 10_000  # the label balance is counted over the first so many


@dataclass(frozen=True)
class SplitDescription:
    """One split.

    missing:       why it isn't complete, or None.
    balance:       share of every value among the labels (of balls: of every palette class among the final answers), by
                   value; () when not complete, or without labels.
    bytes_on_disk, raw_bytes: of its arrays; raw is what they take uncompressed.
    """

    split: str
    episodes: int
    shard_episodes: int
    missing: str | None
    balance: tuple[float, ...]
    bytes_on_disk: int
    raw_bytes: int
    versions: dict[str, Any]


@dataclass(frozen=True)
class StoreDescription:
    """A store: what it holds, and how much of it."""

    url: str
    spec: AnySpec
    splits: tuple[SplitDescription, ...]

    @property
    def complete(self) -> bool:
        return all(split.missing is None for split in self.splits)


def describe(where: str | os.PathLike[str]) -> StoreDescription:
    """Describe the store at a path or URL, complete or not. Raises StoreError when there is none."""
    bucket = open_bucket(where)
    splits = stored_splits(bucket)
    if not splits:
        raise StoreError(f"{bucket.name} holds no split yet; run the command that makes it again")
    return StoreDescription(bucket.url, splits[0].plan.spec, tuple(_describe(split) for split in splits))


def _describe(found: StoredSplit) -> SplitDescription:
    plan, missing = found.plan, incomplete(found)
    return SplitDescription(
        split=plan.split,
        episodes=plan.episodes,
        shard_episodes=plan.shard_episodes,
        missing=missing,
        balance=() if missing else _balance(found),
        bytes_on_disk=sum(found.bucket.sizes(f"{plan.split}/").values()),
        raw_bytes=plan.episodes * episode_bytes(plan.spec),
        versions=dict(plan.versions),
    )


def _balance(found: StoredSplit) -> tuple[float, ...]:
    label = kind_of(found.plan.spec).label(found.plan.spec)
    if label is None:
        return ()
    reader: Reader = Reader(found.bucket.url, found.plan.split)
    last = layouts(found.plan.spec)[label.array].shape[0] - 1
    with ThreadPoolExecutor(1 if found.bucket.near else READS) as pool:
        episodes = range(min(len(reader), BALANCE_EPISODES))
        labels = list(pool.map(lambda index: reader.window(label.array, index, last, last + 1), episodes))
    counts = np.bincount(np.concatenate(labels).ravel(), minlength=len(label.names))
    return tuple((counts / counts.sum()).tolist())

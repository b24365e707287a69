"""What a store is, in numbers, for `bcb inspect`."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.spec import Spec
from generators.store.errors import StoreError
from generators.store.opening import incomplete, spec_of
from generators.store.reader import StoreReader
from generators.store.schema import episode_bytes
from generators.store.splits import StoredSplit, stored_splits

BALANCE_EPISODES = 10_000  # the label balance is counted over the first so many


@dataclass(frozen=True)
class SplitDescription:
    """One split.

    missing:       why it isn't complete, or None.
    balance:       share of every palette class among the final answers, by class; () when not complete.
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

    path: Path
    spec: Spec
    splits: tuple[SplitDescription, ...]

    @property
    def complete(self) -> bool:
        return all(split.missing is None for split in self.splits)


def describe(path: str | os.PathLike[str]) -> StoreDescription:
    """Describe the store at a path, complete or not. Raises StoreError when there is none."""
    store = Path(path)
    splits = stored_splits(store)
    if not splits:
        raise StoreError(f"{store} holds no split yet; run the same bcb generate command again")
    return StoreDescription(store, spec_of(splits[0]), tuple(_describe(split) for split in splits))


def _describe(split: StoredSplit) -> SplitDescription:
    spec = spec_of(split)
    missing = incomplete(split)
    return SplitDescription(
        split=split.split,
        episodes=split.episodes,
        shard_episodes=split.shard_episodes,
        missing=missing,
        balance=() if missing else _balance(split, spec),
        bytes_on_disk=sum(path.stat().st_size for path in split.folder.rglob("*") if path.is_file()),
        raw_bytes=split.episodes * episode_bytes(spec),
        versions=dict(split.attributes.get("versions", {})),
    )


def _balance(split: StoredSplit, spec: Spec) -> tuple[float, ...]:
    answers = StoreReader(split.store, split.split).read("answer", slice(BALANCE_EPISODES))
    counts = np.bincount(answers[:, -1].ravel(), minlength=spec.classes)
    return tuple((counts / counts.sum()).tolist())

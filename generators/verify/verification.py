"""Verification of a store, from its objects to the truth of its answers."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np

from generators.bucket import open_bucket
from generators.errors import StoreError
from generators.kinds import kind_of
from generators.store.episodes import ShardEpisodes, StoredEpisode
from generators.store.splits import StoredSplit, stored_splits
from generators.verify.content import remake_problem
from generators.verify.objects import metadata_problems, shard_problems, stray_keys
from generators.verify.problem import Problem

MOST = 100  # problems named per split


def verify(
    where: str | os.PathLike[str],
    splits: Iterable[str] | None = None,
    samples: int = 16,
    progress: Callable[[int, int], None] | None = None,
    most: int | None = MOST,
) -> list[Problem]:
    """Everything that is wrong with the store at a path or URL; [] when it is sound.

    Checks the metadata against the schema, every object against its commit (SHA-256), every answer
    against its blinks by code that the generator doesn't share, and `samples` episodes of each split,
    evenly spread and with both ends, whole: images painted again, all of it made again from the spec.
    splits: those to look at, None for all.   progress: called with (shards done, shards in all).
    most: problems of a split after which it stops looking, None for never.
    Raises StoreError when there is no store, or not that split.
    """
    chosen = chosen_splits(where, splits)
    total = sum(found.plan.shards for found in chosen)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    problems = _disagreement(chosen_splits(where))
    for found in chosen:
        some = list(islice(_split_problems(found, samples, tick), None if most is None else most + 1))
        more = Problem(found.plan.split, "and more; stopped looking", found.plan.split)
        problems += some if most is None or len(some) <= most else [*some[:most], more]
    return problems


def chosen_splits(where: str | os.PathLike[str], splits: Iterable[str] | None = None) -> list[StoredSplit]:
    """The splits of a store, or some of them. Raises StoreError when there is no store, or not that split."""
    bucket = open_bucket(where)
    stored = {found.plan.split: found for found in stored_splits(bucket)}
    if not stored:
        raise StoreError(f"{bucket.name} holds no split yet; run the command that makes it again")
    chosen = list(stored) if splits is None else list(splits)
    for split in chosen:
        if split not in stored:
            raise StoreError(f"{bucket.name} has no split {split!r}; it has: {', '.join(stored)}")
    return [found for split, found in stored.items() if split in chosen]


def _disagreement(splits: list[StoredSplit]) -> list[Problem]:
    """Splits of one store are of one dataset."""
    first = splits[0].plan
    return [
        Problem(f"{found.plan.split}/zarr.json", f"is of another dataset than {first.split}", found.plan.split)
        for found in splits[1:]
        if found.plan.spec != first.spec
    ]


def _split_problems(found: StoredSplit, samples: int, tick: Callable[[], None]) -> Iterator[Problem]:
    plan = found.plan
    yield from metadata_problems(found)
    for key in stray_keys(found):
        yield Problem(key, "doesn't belong to the store", plan.split)
    sampled = set(np.linspace(0, plan.episodes - 1, min(samples, plan.episodes)).round().astype(int).tolist())
    for shard in range(plan.shards):
        wrong = list(shard_problems(found, shard))
        yield from wrong
        if not wrong:  # what isn't the bytes committed needs no second look
            yield from _episode_problems(found, shard, sampled)
        tick()


def _episode_problems(found: StoredSplit, shard: int, sampled: set[int]) -> Iterator[Problem]:
    plan = found.plan
    start, stop = plan.range(shard)
    there = ShardEpisodes(found.bucket, plan, shard)
    for index in range(start, stop):
        try:
            for what in _problems_of(found, there, index, index - start, index in sampled):
                yield Problem(f"{plan.split} episode {index}", what, plan.split, shard, content=True)
        except StoreError as error:
            yield Problem(f"{plan.split} episode {index}", str(error), plan.split, shard)


def _problems_of(found: StoredSplit, there: ShardEpisodes, index: int, row: int, whole: bool) -> Iterator[str]:
    plan, stored = found.plan, StoredEpisode(there, row)
    yield from kind_of(plan.spec).problems(plan.spec, stored, whole)
    if whole and (wrong := remake_problem(plan, index, stored)):
        yield wrong

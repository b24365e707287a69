"""Repair: what verification finds broken is made again from the spec, and nothing else is touched."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generators.bucket import Bucket, open_bucket
from generators.errors import StoreError
from generators.executors import LocalProcesses, WorkerDied, available_cpus
from generators.remake import check_same_bits, sample
from generators.spec import SPLITS
from generators.store.commits import COMMITS
from generators.store.preparing import prepare_split
from generators.store.schema import ARRAYS
from generators.task import ShardTask, make_shard
from generators.verify.objects import stray_keys
from generators.verify.problem import Problem
from generators.verify.verification import chosen_splits, verify


@dataclass(frozen=True)
class Repair:
    """What was found, and what is still wrong after the repair (files that aren't ours, say)."""

    found: list[Problem]
    left: list[Problem]


def repair(
    where: str | os.PathLike[str],
    splits: Iterable[str] | None = None,
    samples: int = 16,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Repair:
    """Verify a store, make again exactly what is broken, and verify that.

    Parameters as `verify`'s; progress counts the shards looked at. Raises StoreError as `verify` does, when
    another process is writing, and when this machine makes other bits than the store holds (nothing is touched then).
    """
    bucket, names = open_bucket(where), None if splits is None else list(splits)
    chosen_splits(where, names)
    with bucket.locked():
        problems = verify(where, names, samples, progress)
        if not problems:
            return Repair([], [])
        broken = {(problem.split, problem.shard) for problem in problems}
        stored = [
            found for found in chosen_splits(where, names) if any(found.plan.split == split for split, _ in broken)
        ]
        for found in stored:
            check_same_bits(found, _sound(found.plan.split, found.plan.shards, broken))
        tasks = []
        for found in stored:
            plan = found.plan
            prepare_split(bucket, plan, new=False)
            _delete_ours(bucket, stray_keys(found))
            shards = sorted(shard for split, shard in broken if split == plan.split and shard is not None)
            tasks += [ShardTask(bucket.url, plan, shard, sample(plan.spec), mend=True) for shard in shards]
        try:
            LocalProcesses(workers or available_cpus()).run(make_shard, tasks, lambda episodes: None)
        except WorkerDied as error:
            raise StoreError(f"{error} and try again") from error
        except OSError as error:
            why = error.strerror or error
            raise StoreError(f"can't write {bucket.name}: {why}; put that right and try again") from error
        return Repair(problems, verify(where, names, samples, progress))


def _sound(split: str, shards: int, broken: set[tuple[str, int | None]]) -> list[int]:
    """The first shard in which nothing is wrong, as a list of at most one."""
    return next(([shard] for shard in range(shards) if (split, shard) not in broken), [])


def _delete_ours(bucket: Bucket, keys: Iterable[str]) -> None:
    """Delete those that lie where only our objects lie; anything else is somebody's."""
    ours = tuple(f"{COMMITS}/{split}/" for split in SPLITS)
    ours += tuple(f"{split}/{name}/c/" for split in SPLITS for name in ARRAYS)
    bucket.delete([key for key in keys if key.startswith(ours)])

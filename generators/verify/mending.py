"""Repair: what verification finds broken is made again from the spec, and nothing else is touched."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from generators.bucket import open_bucket
from generators.errors import StoreError
from generators.executors import LocalProcesses, WorkerDied, available_cpus
from generators.kinds import can_be_remade, kind_of
from generators.remake import check_same_bits, sample
from generators.store.commits import COMMITS
from generators.store.preparing import prepare
from generators.store.schema import layouts
from generators.store.splits import StoredSplit
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
        problems = verify(where, names, samples, progress, most=None)
        if not problems:
            return Repair([], [])
        broken = {(problem.split, problem.shard) for problem in problems}
        stored = [
            found for found in chosen_splits(where, names) if any(found.plan.split == split for split, _ in broken)
        ]
        for found in stored:
            _check_maker(found, {p.shard for p in problems if p.split == found.plan.split and not p.content})
        tasks = []
        for found in stored:
            plan = found.plan
            prepare(bucket, [plan])
            _delete_ours(found)
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


def advice(where: str | os.PathLike[str], problems: Iterable[Problem]) -> str:
    """What to do, in words, about what `verify` found in a store."""
    spec = chosen_splits(where)[0].plan.spec
    if can_be_remade(spec):
        return f"mend with: bcb verify {where} --repair"
    # What is there and as it was committed would be kept, however wrong.
    overwrite = " with --overwrite" * any(problem.content for problem in problems)
    return f"mend by running its {kind_of(spec).command} command again{overwrite}"


def _check_maker(found: StoredSplit, damaged: set[int | None]) -> None:
    """Raise StoreError where none of the shards whose bytes are those committed is what this machine makes.

    Then they aren't broken: another machine made them, and one store has one maker.
    """
    other = None
    for shard in range(found.plan.shards):
        if shard not in damaged:
            try:
                return check_same_bits(found, [shard])
            except StoreError as error:
                other = error
    if other:
        raise other


def _delete_ours(found: StoredSplit) -> None:
    """Delete what is stray where only our objects lie; anything else is somebody's."""
    plan = found.plan
    ours = (f"{COMMITS}/{plan.split}/", *(f"{plan.split}/{name}/c/" for name in layouts(plan.spec)))
    found.bucket.delete([key for key in stray_keys(found) if key.startswith(ours)])

"""The engine: a spec and a number of episodes in, a store out (DESIGN §5).

What a killed run leaves is either committed, or made again by the next: run the same command.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from generators.bucket import Bucket, open_bucket
from generators.errors import StoreError
from generators.executors import Executor, LocalProcesses, Tick, WorkerDied, available_cpus
from generators.kinds import AnySpec, kind_of
from generators.planning import checked_counts, plans_for, share_of, spelled
from generators.remake import check_same_bits, sample
from generators.store.claim import check_claim
from generators.store.opening import incomplete
from generators.store.plan import Plan
from generators.store.preparing import kept_shards, prepare, remove_others
from generators.store.removal import remove_store
from generators.store.splits import read_split, stored_splits
from generators.task import ShardTask, make_shard

Progress = Callable[[int, int], None]
PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class GenerateResult:
    """What a run did.

    counts: episodes asked for, by split.   made, kept: how many of them (of its share) it made, or found there.
    """

    url: str
    counts: dict[str, int]
    made: int
    kept: int


def generate(
    spec: AnySpec,
    out: str | os.PathLike[str],
    counts: Mapping[str, int],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    shard_episodes: int | None = None,
    shards: tuple[int, int | None] | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> GenerateResult:
    """Make the store `out`, finish it, or let it grow. Its bytes depend on spec, counts and shard_episodes alone.

    out:            a path, or the URL of an object store.
    counts:         episodes per split; a split of 0 isn't made, one left out stays as it is.
    workers:        processes; None for one per CPU. More than one needs a script's `__main__` guard.
    executor:       where tasks run, instead of `workers` local processes.
    shard_episodes: episodes in a shard, what one task makes; None for 64–128 MiB of raw data.
    shards:         only shards [a, b) (None: to the end), counted over all splits in the order of SPLITS.
                    Any number of such shares may run at once; `finalize` ends them.
    overwrite:      first delete the store that is there, whatever it holds.
    progress:       called with (episodes done, episodes in all), in this process.
    Raises ValueError for counts or a spec that can't be made (nothing is left behind), and StoreError
    when `out` holds something else, another process is writing it, or the disk doesn't take it.
    """
    counts, kind = checked_counts(counts, workers, shard_episodes), kind_of(spec)
    bucket = open_bucket(out)
    shared = shards is not None
    if shared and overwrite:
        raise ValueError("a share of the shards can't overwrite a store that other shares write; delete it first")
    executor = executor or LocalProcesses(workers or available_cpus())
    with _one_line_errors(bucket, _again(spec, overwrite)):
        stored = check_claim(bucket, spec, counts, shard_episodes, overwrite=overwrite, shared=shared)
        share_of(plans_for(spec, counts, shard_episodes, stored), shards)
        for split, count in counts.items():
            if count:
                kind.make(kind.beginning(spec, 1), split, 0)  # what can't be made fails here, before all
        if shared:
            _settle(bucket, spec, counts, shard_episodes)
        with bucket.locked(shared=shared):
            # Again, for now it can't change.
            stored = check_claim(bucket, spec, counts, shard_episodes, overwrite=overwrite, shared=shared)
            for found in stored.values():
                check_same_bits(found)
            if overwrite and bucket.exists():
                remove_store(bucket)
            plans = plans_for(spec, counts, shard_episodes, stored)
            try:
                made, total = _make(bucket, plans, shards, executor, progress)
            except ValueError as error:
                if not stored and not shared and not isinstance(error, StoreError):  # can't be made, now or ever
                    remove_store(bucket)
                raise
    return GenerateResult(bucket.url, counts, made, total - made)


def planned(
    spec: AnySpec,
    out: str | os.PathLike[str],
    counts: Mapping[str, int],
    *,
    shard_episodes: int | None = None,
    shards: tuple[int, int | None] | None = None,
    overwrite: bool = False,
) -> list[Plan]:
    """What `generate`, called so, would make sure of: a plan for each split. Touches nothing; raises as `generate`."""
    counts, bucket = checked_counts(counts, None, shard_episodes), open_bucket(out)
    shared = shards is not None
    with _one_line_errors(bucket, _again(spec)):
        stored = check_claim(bucket, spec, counts, shard_episodes, overwrite=overwrite, shared=shared)
        plans = plans_for(spec, counts, shard_episodes, stored)
    share_of(plans, shards)
    return plans


def finalize(where: str | os.PathLike[str]) -> list[Plan]:
    """End what was made in shares: check that all of it is there, and delete what killed ones left. Idempotent.

    Returns the plans of its splits. Raises StoreError, naming the shards that are missing, when it isn't complete.
    """
    bucket = open_bucket(where)
    with _one_line_errors(bucket, "and run bcb finalize again"):
        if not stored_splits(bucket):
            raise StoreError(f"{bucket.name} holds no split yet; make its shards with bcb generate --shards")
        with bucket.locked():
            stored = stored_splits(bucket)
            kept = {found.plan.split: kept_shards(bucket, found.plan) for found in stored}
            every = [(found.plan.split, shard) for found in stored for shard in range(found.plan.shards)]
            missing = [number for number, (split, shard) in enumerate(every) if shard not in kept[split]]
            if missing:
                raise StoreError(
                    f"{bucket.name} lacks {len(missing)} of {len(every)} shards: {spelled(missing)}; "
                    "make them with --shards, then finalize again"
                )
            for found in stored:
                check_same_bits(found, kept[found.plan.split])
                prepare(bucket, [found.plan])
                remove_others(bucket, found.plan, kept[found.plan.split])
            _check_complete(bucket, [found.plan for found in stored])
            return [found.plan for found in stored]


def _settle(bucket: Bucket, spec: AnySpec, counts: Mapping[str, int], shard_episodes: int | None) -> None:
    """Let a store that is there grow, alone, before its shards are shared out: no share changes a plan under others."""
    until = time.monotonic() + PATIENCE
    while True:
        stored = check_claim(bucket, spec, counts, shard_episodes, shared=True)
        plans = plans_for(spec, counts, shard_episodes, stored)
        if not stored or all(plan.split in stored and stored[plan.split].plan == plan for plan in plans):
            return
        try:
            with bucket.locked():
                prepare(bucket, plans)
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)  # another share may be doing just that


def _make(
    bucket: Bucket,
    plans: Sequence[Plan],
    shards: tuple[int, int | None] | None,
    executor: Executor,
    progress: Progress | None,
) -> tuple[int, int]:
    """Make what is missing of the share; returns the episodes (made, in all)."""
    prepare(bucket, plans)
    tasks, total = [], 0
    for plan, share in share_of(plans, shards):
        kept = kept_shards(bucket, plan, share)
        if shards is None:
            remove_others(bucket, plan, kept)
        every = [ShardTask(bucket.url, plan, shard, sample(plan.spec)) for shard in share]
        tasks += [task for task in every if task.shard not in kept]
        total += sum(task.episodes for task in every)
    made = sum(task.episodes for task in tasks)
    executor.run(make_shard, tasks, _told(progress, total - made, total))
    if shards is None:
        _check_complete(bucket, plans)
    return made, total


def _check_complete(bucket: Bucket, plans: Sequence[Plan]) -> None:
    for plan in plans:
        reason = incomplete(read_split(bucket, plan.split))
        if reason:
            wrong = f"something else changed {bucket.name} while it was made ({reason})"
            raise StoreError(f"{wrong}; put that right {_again(plan.spec)}")


def _again(spec: AnySpec, overwrite: bool = False) -> str:
    """What to do once the reason for which it stopped is gone."""
    return f"and run the same {kind_of(spec).command} command{' without --overwrite' * overwrite} again to go on"


@contextmanager
def _one_line_errors(bucket: Bucket, again: str) -> Iterator[None]:
    try:
        yield
    except WorkerDied as error:
        raise StoreError(f"{error} {again}") from error
    except OSError as error:
        why = f"{error.strerror or error}" + (f" ({error.filename})" if error.filename and error.strerror else "")
        raise StoreError(f"can't write {bucket.name}: {why}; put that right {again}") from error


def _told(progress: Progress | None, done: int, total: int) -> Tick:
    """A tick that adds up to `progress`."""

    def tick(episodes: int) -> None:
        nonlocal done
        done += episodes
        if progress:
            progress(done, total)

    tick(0)
    return tick

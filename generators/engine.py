"""The engine: a spec and a number of episodes in, a store out (DESIGN §5).

What a killed run leaves is either committed, or made again by the next: run the same command.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from generators.episode import make_episode
from generators.executors import Tick, WorkerDied, available_cpus, run_tasks
from generators.lock import locked
from generators.remake import check_same_bits
from generators.spec import SPLITS, Spec
from generators.store.claim import check_claim
from generators.store.errors import StoreError
from generators.store.preparing import keep_shards, prepare_split, shard_range
from generators.store.removal import remove_leftovers, remove_store
from generators.store.schema import default_shard_episodes, shard_count
from generators.task import ShardTask, make_shard

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class GenerateResult:
    """What a run did.

    counts: episodes asked for, by split.   made, kept: how many of them this run made, or found there.
    """

    path: Path
    counts: dict[str, int]
    made: int
    kept: int


def generate(
    spec: Spec,
    out: str | os.PathLike[str],
    counts: Mapping[str, int],
    *,
    workers: int | None = None,
    shard_episodes: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> GenerateResult:
    """Make the store `out`, finish it, or let it grow. The arrays depend on spec and counts alone.

    counts:         episodes per split; a split of 0 isn't made, one left out stays as it is.
    workers:        processes; None for one per CPU. More than one needs a script's `__main__` guard.
    shard_episodes: episodes in a shard, what one task makes; None for 32–64 MiB of raw data.
    overwrite:      first delete the store that is there, whatever it holds.
    progress:       called with (episodes done, episodes in all), in this process.
    Raises ValueError for counts or a spec that can't be made (nothing is left behind), and StoreError
    when `out` holds something else, another process is writing it, or the disk doesn't take it.
    """
    counts = _checked(counts, workers, shard_episodes)
    store = Path(out)
    again = "and run the same bcb generate command again to go on"
    try:
        check_claim(store, spec, counts, shard_episodes, overwrite)
        for split, count in counts.items():
            if count:
                make_episode(spec, split, 0)  # what can't be made fails here, before there is a folder
        return _locked_generate(spec, store, counts, workers or available_cpus(), shard_episodes, overwrite, progress)
    except WorkerDied as error:
        raise StoreError(f"{error} (out of memory?); take fewer workers {again}") from error
    except OSError as error:
        raise StoreError(f"can't write {store}: {error.strerror or error}; put that right {again}") from error


def _locked_generate(
    spec: Spec,
    store: Path,
    counts: dict[str, int],
    workers: int,
    shard_episodes: int | None,
    overwrite: bool,
    progress: Progress | None,
) -> GenerateResult:
    with locked(store):
        stored = check_claim(store, spec, counts, shard_episodes, overwrite)  # again: now it can't change
        for found in stored.values():
            check_same_bits(found, spec)
        try:
            remove_store(store) if overwrite else remove_leftovers(store)
            there = [found.shard_episodes for found in stored.values()]
            long = there[0] if there else shard_episodes or default_shard_episodes(spec)
            tasks: list[ShardTask] = []
            for split, count in counts.items():
                if count:
                    prepare_split(store, spec, split, count, long, stored.get(split))
                    tasks += _tasks(store, spec, split, count, long)
            total, made = sum(counts.values()), sum(task.stop - task.start for task in tasks)
            run_tasks(make_shard, tasks, workers, _told(progress, total - made, total))
            return GenerateResult(store, counts, made, total - made)
        except ValueError as error:
            if not stored and not isinstance(error, StoreError):  # an episode can't be made, now or ever
                remove_store(store)
            raise
        finally:
            remove_leftovers(store)


def _tasks(store: Path, spec: Spec, split: str, count: int, shard_episodes: int) -> list[ShardTask]:
    """The shards of a prepared split that are still to be made."""
    kept = set(keep_shards(store, spec, split, count, shard_episodes))
    return [
        ShardTask(store, spec, split, shard, shard_episodes, *shard_range(shard, shard_episodes, count))
        for shard in range(shard_count(count, shard_episodes))
        if shard not in kept
    ]


def _told(progress: Progress | None, done: int, total: int) -> Tick:
    """A tick that adds up to `progress`."""

    def tick(episodes: int) -> None:
        nonlocal done
        done += episodes
        if progress:
            progress(done, total)

    tick(0)
    return tick


def _checked(counts: Mapping[str, int], workers: int | None, shard_episodes: int | None) -> dict[str, int]:
    for split, count in counts.items():
        if split not in SPLITS:
            raise ValueError(f"split {split!r} is not one of: {', '.join(SPLITS)}")
        if count < 0:
            raise ValueError(f"{split} is {count} episodes; it must be 0 or more")
    if not any(counts.values()):
        raise ValueError("there is nothing to make: no split has any episodes")
    for name, value in (("workers", workers), ("shard_episodes", shard_episodes)):
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}; it must be at least 1")
    return {split: counts[split] for split in SPLITS if split in counts}

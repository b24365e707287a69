"""Verification of a store, from its files to the truth of its answers."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from generators.spec import Spec
from generators.store.episodes import ShardEpisodes
from generators.store.errors import StoreError
from generators.store.opening import spec_of
from generators.store.preparing import shard_range
from generators.store.schema import shard_count
from generators.store.splits import StoredSplit, stored_splits
from generators.verify.content import answer_problem, image_problems, remake_problem
from generators.verify.objects import metadata_problems, shard_problems, stray_problems
from generators.verify.problem import Problem

MOST = 100  # problems named per split


def verify(
    path: str | os.PathLike[str],
    splits: Iterable[str] | None = None,
    samples: int = 16,
    progress: Callable[[int, int], None] | None = None,
) -> list[Problem]:
    """Everything that is wrong with the store at a path; [] when it is sound.

    Checks the metadata against the schema, every object against its commit (SHA-256), every answer
    against its blinks by code that the generator doesn't share, and `samples` episodes of each split,
    evenly spread and with both ends, whole: images painted again, all of it made again from the spec.
    splits: those to look at, None for all.   progress: called with (shards done, shards in all).
    Raises StoreError when there is no store, or not that split.
    """
    store = Path(path)
    stored = {found.split: found for found in stored_splits(store)}
    splits = None if splits is None else list(splits)
    for split in splits or ():
        if split not in stored:
            raise StoreError(f"{store} has no split {split!r}; it has: {', '.join(stored) or 'none yet'}")
    if not stored:
        raise StoreError(f"{store} holds no split yet; run the same bcb generate command again")
    chosen = [found for name, found in stored.items() if splits is None or name in splits]
    total = sum(shard_count(found.episodes, found.shard_episodes) for found in chosen)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    problems = _disagreement(list(stored.values()))
    for found in chosen:
        some = list(islice(_split_problems(found, samples, tick), MOST + 1))
        problems += some if len(some) <= MOST else [*some[:MOST], Problem(found.split, "and more; stopped looking")]
    return problems


def _disagreement(splits: list[StoredSplit]) -> list[Problem]:
    """Splits of one store are of one dataset."""
    first = splits[0]
    return [
        Problem(f"{split.split}/zarr.json", f"is of another dataset than {first.split}")
        for split in splits[1:]
        if split.attributes.get("spec") != first.attributes.get("spec")
    ]


def _split_problems(split: StoredSplit, samples: int, tick: Callable[[], None]) -> Iterator[Problem]:
    try:
        spec, long = spec_of(split), split.shard_episodes
    except StoreError as error:
        yield Problem(f"{split.split}/zarr.json", str(error))
        return
    yield from metadata_problems(split, spec)
    yield from stray_problems(split, spec)
    sampled = set(np.linspace(0, split.episodes - 1, min(samples, split.episodes)).round().astype(int).tolist())
    for shard in range(shard_count(split.episodes, long)):
        wrong = list(shard_problems(split, spec, shard))
        yield from wrong
        if not wrong:  # what isn't the bytes committed needs no second look
            yield from _episode_problems(split, spec, shard, sampled)
        tick()


def _episode_problems(split: StoredSplit, spec: Spec, shard: int, sampled: set[int]) -> Iterator[Problem]:
    start, stop = shard_range(shard, split.shard_episodes, split.episodes)
    there = ShardEpisodes(split.folder, spec, shard, split.shard_episodes)
    for index in range(start, stop):
        where, row = f"{split.split} episode {index}", index - start
        try:
            said = answer_problem(spec, *(there.read(name, row) for name in ("blink_ball", "blink_color", "answer")))
            episode = there.episode(row) if index in sampled else None
        except StoreError as error:
            yield Problem(where, str(error))
            continue
        if said:
            yield Problem(where, said)
        if episode:
            for what in image_problems(spec, episode):
                yield Problem(where, what)
            what = remake_problem(spec, split.split, index, episode)
            if what:
                yield Problem(where, what)

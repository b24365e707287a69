"""What is to be made: the plans of a dataset's splits, and the share of their shards that falls to one run."""

from collections.abc import Mapping, Sequence

from generators.kinds import AnySpec, kind_of
from generators.spec import SPLITS
from generators.store.plan import Plan
from generators.store.schema import default_shard_episodes
from generators.store.splits import StoredSplit
from generators.versions import versions_here


def checked_counts(counts: Mapping[str, int], workers: int | None, shard_episodes: int | None) -> dict[str, int]:
    """The counts in the order of SPLITS. Raises ValueError for any number that makes no sense."""
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


def plans_for(
    spec: AnySpec, counts: Mapping[str, int], shard_episodes: int | None, stored: Mapping[str, StoredSplit]
) -> list[Plan]:
    """A plan for each split that is to have episodes, in line with those that are stored."""
    there = [found.plan.shard_episodes for found in stored.values()]
    long = there[0] if there else shard_episodes or default_shard_episodes(spec)
    versions = versions_here(kind_of(spec).physics)
    return [
        Plan(spec, split, count, long, stored[split].plan.versions if split in stored else versions)
        for split, count in counts.items()
        if count
    ]


def share_of(plans: Sequence[Plan], shards: tuple[int, int | None] | None) -> list[tuple[Plan, range]]:
    """The shards [a, b) of all plans, counted one after the other, as shards of each; None for all, b None for the end.

    A b beyond the end is the end. Raises ValueError for a range that holds no shard.
    """
    total = sum(plan.shards for plan in plans)
    first, last = shards or (0, None)
    last = total if last is None else min(last, total)
    if not 0 <= first < last:
        raise ValueError(
            f"shards {spelled_range(shards or (0, None))} are none of the {total} shards of this dataset (0:{total})"
        )
    share, before = [], 0
    for plan in plans:
        share.append((plan, range(max(0, first - before), min(plan.shards, last - before))))
        before += plan.shards
    return [(plan, some) for plan, some in share if some or shards is None]


def spelled_range(shards: tuple[int, int | None]) -> str:
    """A range of shards as --shards takes it."""
    first, last = shards
    return f"{first}:{'' if last is None else last}"


def spelled(numbers: Sequence[int], most: int = 8) -> str:
    """Rising numbers as ranges a:b, b not included, as --shards takes them: 3:5, 9:10."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number:
            ranges[-1][1] += 1
        else:
            ranges.append([number, number + 1])
    words = [f"{a}:{b}" for a, b in ranges]
    return ", ".join(words[:most]) + (f" and {len(words) - most} ranges more" if len(words) > most else "")

"""Is what a store holds what this machine makes? One store has one maker, to the bit."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from generators.errors import StoreError
from generators.kinds import AnySpec, kind_of
from generators.store.commits import read_commit
from generators.store.episodes import ShardEpisodes
from generators.store.schema import layouts
from generators.store.splits import StoredSplit

SAMPLE_FRAMES = 64  # enough for several hits; and the beginning of an episode is that of the spec with fewer


def beginning(spec: AnySpec) -> AnySpec:
    """The spec of the same dataset with no more than the first frames, where there is one."""
    return kind_of(spec).beginning(spec, SAMPLE_FRAMES)


@lru_cache
def sample(spec: AnySpec) -> str:
    """SHA-256 in hex of the beginning of one episode as this machine makes it: of what all like it make bit for bit."""
    kind, first = kind_of(spec), beginning(spec)
    made = kind.make(first, "test", 0)
    exact = [name for name, field in kind.arrays(first).items() if field.within == 0]
    return hashlib.sha256(b"".join(made.read(name).tobytes() for name in exact)).hexdigest()


def check_same_bits(found: StoredSplit, shards: Iterable[int] | None = None) -> None:
    """Raise StoreError unless the beginning of a split's committed shards, remade here, is the same.

    shards: those to look at; None for the first that is committed and can be read.
    Another version of pymunk, or another machine, may do physics a bit differently; going on there
    would make a store that nobody can make again.
    """
    plan, bucket = found.plan, found.bucket
    for shard in range(plan.shards) if shards is None else shards:
        commit = read_commit(bucket, plan.split, shard)
        if commit is None:
            continue
        try:
            wrong = _differing(found, shard, commit.start)
        except StoreError:  # damaged; it will be made again
            continue
        if wrong:
            raise StoreError(
                f"this machine makes another {', '.join(wrong)} than {bucket.name}/{plan.split} holds; go on with the "
                "versions in its attributes, or overwrite it"
            )
        if shards is None:
            return


def _differing(found: StoredSplit, shard: int, index: int) -> list[str]:
    """The arrays in which the beginning of a shard's first episode differs from what is made here, in any bit."""
    plan = found.plan
    kind, first = kind_of(plan.spec), beginning(plan.spec)
    there, here = ShardEpisodes(found.bucket, plan, shard), kind.make(first, plan.split, index)
    wrong, fields = [], kind.arrays(plan.spec)
    for name, layout in layouts(first).items():
        if fields[name].within != 0 or (fields[name].final and first != plan.spec):
            continue
        stop = layout.spans[-1][1]
        if not same_bits(there.window(name, 0, 0, stop), here.read(name)):
            wrong.append(name)
    return wrong


def same(one: np.ndarray, other: np.ndarray, within: int = 0) -> bool:
    """Whether two arrays are the same bits; or, within more than 0, no further apart than that."""
    if not within:
        return same_bits(one, other)
    return bool(np.abs(one.astype(np.float64) - other.astype(np.float64)).max(initial=0) <= within)


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.tobytes() == other.tobytes()

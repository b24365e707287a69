"""Is what a store holds what this machine makes? One store has one maker, to the bit."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from generators.episode import make_episode
from generators.errors import StoreError
from generators.spec import Spec
from generators.store.commits import read_commit
from generators.store.episodes import ShardEpisodes
from generators.store.schema import ARRAYS
from generators.store.splits import StoredSplit

SAMPLE_FRAMES = 64  # enough for several hits; and the beginning of an episode is that of the spec with fewer


def beginning(spec: Spec) -> Spec:
    """The spec of the same dataset with no more than the first frames."""
    return spec.first(min(spec.context_frames, SAMPLE_FRAMES))


@lru_cache
def sample(spec: Spec) -> str:
    """SHA-256 in hex of the beginning of one episode as this machine makes it."""
    episode = make_episode(beginning(spec), "test", 0)
    return hashlib.sha256(b"".join(getattr(episode, name).tobytes() for name in ARRAYS)).hexdigest()


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
    there, here = ShardEpisodes(found.bucket, plan, shard), make_episode(beginning(plan.spec), plan.split, index)
    wrong = []
    for name, field in ARRAYS.items():
        remade = getattr(here, name)
        if field.dims[1].startswith("time"):
            stored = there.window(name, 0, 0, len(remade))
        elif name == "target" and beginning(plan.spec) != plan.spec:  # of another frame
            continue
        else:
            stored = there.read(name, 0)
        if not same_bits(stored, remade):
            wrong.append(name)
    return wrong


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.tobytes() == other.tobytes()

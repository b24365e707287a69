"""Is what a store holds what this machine makes? One store has one maker, to the bit."""

from dataclasses import fields

from generators.episode import Episode, make_episode
from generators.spec import Spec
from generators.store.commits import read_commit, shard_commit_path, wrong_hash
from generators.store.episodes import ShardEpisodes
from generators.store.errors import StoreError
from generators.store.schema import shard_count
from generators.store.splits import StoredSplit


def differing(there: Episode, remade: Episode) -> list[str]:
    """The fields in which two episodes differ in any bit."""
    return [
        field.name
        for field in fields(Episode)
        if getattr(there, field.name).tobytes() != getattr(remade, field.name).tobytes()
    ]


def check_same_bits(split: StoredSplit, spec: Spec) -> None:
    """Raise StoreError unless the first committed episode of a split, remade here, is the same.

    Another version of pymunk, or another machine, may do physics a bit differently; going on there
    would make a store that nobody can make again.
    """
    long = split.shard_episodes
    for shard in range(shard_count(split.episodes, long)):
        commit = read_commit(shard_commit_path(split.store, split.split, shard))
        if commit and not wrong_hash(split.folder, commit):
            there = ShardEpisodes(split.folder, spec, shard, long).episode(0)
            wrong = differing(there, make_episode(spec, split.split, commit.start))
            if wrong:
                raise StoreError(
                    f"this machine makes another {', '.join(wrong)} than {split.folder} holds; go on with the "
                    "versions in its attributes, or overwrite it"
                )
            return

"""One task of the engine: one shard of every array, then its commit record."""

from dataclasses import dataclass
from pathlib import Path

from generators.episode import make_episode
from generators.executors import Tick
from generators.spec import Spec
from generators.store.commits import Commit, digest, shard_commit_path, write_commit
from generators.store.files import SCRATCH, sync_folders, write_durably
from generators.store.schema import layouts
from generators.store.shard import ShardWriter


@dataclass(frozen=True)
class ShardTask:
    """Shard number `shard` of a split: its episodes [start, stop). Says all, so it can run anywhere, twice too."""

    store: Path
    spec: Spec
    split: str
    shard: int
    shard_episodes: int
    start: int
    stop: int


def make_shard(task: ShardTask, tick: Tick) -> None:
    """Make the shard's episodes, write its objects, commit them. Holds one raw episode at a time."""
    writers = {name: ShardWriter(layout, task.shard_episodes) for name, layout in layouts(task.spec).items()}
    for index in range(task.start, task.stop):
        episode = make_episode(task.spec, task.split, index)
        for name, writer in writers.items():
            writer.append(getattr(episode, name))
        tick(1)
    folder = task.store / task.split
    objects = {}
    for name, layout in layouts(task.spec).items():
        data = writers.pop(name).finish()
        key = layout.object_key(task.shard)
        write_durably(folder / key, data, task.store / SCRATCH)
        objects[key] = digest(data)
    sync_folders([folder / key for key in objects], folder)
    path = shard_commit_path(task.store, task.split, task.shard)
    write_commit(path, Commit(task.start, task.stop, objects), task.store)

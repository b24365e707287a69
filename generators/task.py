"""One task of the engine: one shard of every array, then its commit record."""

import platform
from dataclasses import dataclass

import numpy as np

from generators.bucket import Bucket, open_bucket
from generators.errors import StoreError
from generators.executors import Tick
from generators.kinds import Arrays, kind_of
from generators.remake import sample
from generators.store.commits import Commit, digest, write_commit
from generators.store.plan import Plan, plan_key
from generators.store.schema import layouts
from generators.store.shard import ShardWriter


@dataclass(frozen=True)
class ShardTask:
    """Shard number `shard` of a split in the store at `url`. Says all, so it can run anywhere, twice too.

    sample: of the episodes as the driver makes them (`remake.sample`); a machine that makes others may not go on.
    mend:   leave what is there and right as it is, and write the rest.
    """

    url: str
    plan: Plan
    shard: int
    sample: str
    mend: bool = False

    @property
    def episodes(self) -> int:
        start, stop = self.plan.range(self.shard)
        return stop - start


def make_shard(task: ShardTask, tick: Tick) -> None:
    """Make the shard's episodes, write its objects, commit them. Holds few episodes at a time; draws by chunks."""
    plan, bucket, kind = task.plan, open_bucket(task.url), kind_of(task.plan.spec)
    _check_plan(task, bucket)
    _check_machine(task)
    start, stop = plan.range(task.shard)
    with bucket.spool() as spool:
        arrays = layouts(plan.spec)
        writers = {name: ShardWriter(spool / name, layout, plan.shard_episodes) for name, layout in arrays.items()}
        # What is drawn, is drawn here: new memory for each chunk would cost as much as drawing.
        canvases = {name: np.empty(layout.chunk, layout.dtype) for name, layout in arrays.items()}
        some = kind.batch(plan.spec)
        for first in range(start, stop, some):
            last = min(stop, first + some)
            made = [kind.make(plan.spec, plan.split, index) for index in range(first, last)]
            for name, writer in writers.items():
                _append(name, made, arrays[name].spans, writer, canvases[name])
            tick(last - first)
        digests = {name: writer.finish() for name, writer in writers.items()}
        keys = {name: layout.object_key(task.shard) for name, layout in arrays.items()}
        written = {f"{plan.split}/{keys[name]}": spool / name for name in arrays}
        if task.mend:
            right = [name for name in arrays if _is_there(bucket, f"{plan.split}/{keys[name]}", digests[name])]
            written = {key: path for key, path in written.items() if path.name not in right}
        _check_plan(task, bucket)  # once more: nobody waits for a task that was dropped long ago
        bucket.write(written)
    commit = Commit(start, stop, {keys[name]: digests[name] for name in arrays})
    write_commit(bucket, plan.split, task.shard, commit)


def _append(
    name: str, made: list[Arrays], spans: list[tuple[int, int]], writer: ShardWriter, canvas: np.ndarray
) -> None:
    """Add one array of some episodes, in the pieces that it is stored in."""
    for episode in made:
        for start, stop in spans:
            writer.append(episode.window(name, start, stop, canvas[: stop - start] if canvas.ndim else canvas))


def _check_plan(task: ShardTask, bucket: Bucket) -> None:
    """Raise StoreError unless the store is seen from here, and is still to be what the task takes it for."""
    try:
        plan = bucket.read(plan_key(task.plan.split))
    except FileNotFoundError:
        raise StoreError(
            f"{platform.node()} doesn't find the store begun at {task.url}; it must lie where every worker sees it, "
            "in a shared folder or an object store, and be left alone until it is done"
        ) from None
    if plan != task.plan.to_json():
        raise StoreError(f"{task.url} was meanwhile begun anew with other options; run the one command that is meant")


def _check_machine(task: ShardTask) -> None:
    """Raise StoreError where other bits would be made than where the task comes from."""
    physics = kind_of(task.plan.spec).physics
    if task.sample != sample(task.plan.spec):
        raise StoreError(
            f"{platform.node()} makes other episodes than the machine that sent the task (another version of "
            f"{physics} or numpy, or another kind of processor); take workers that are alike"
        )


def _is_there(bucket: Bucket, key: str, expected: tuple[int, str]) -> bool:
    try:
        return digest(bucket, key, expected[0]) == expected
    except FileNotFoundError:
        return False

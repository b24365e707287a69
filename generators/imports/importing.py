"""Writing an imported dataset: the engine's store, whose episodes a reader gives."""

import os
from collections.abc import Callable, Sequence

from generators.engine import GenerateResult, generate
from generators.imports.description import Imported
from generators.imports.reading import Reading
from generators.imports.spec import ImportedSpec


def imported(
    spec: ImportedSpec,
    splits: Sequence[Imported],
    out: str | os.PathLike[str],
    *,
    shard_episodes: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> GenerateResult:
    """Write a store of these splits of one dataset, whose spec is `spec_of` them, at a path or URL.

    Killed, it goes on where it was when it is called again: the shards that are there stay. Parameters and errors as
    `generate`'s; what a file lacks or has damaged is a ValueError that names it.
    """
    counts = {part.split: part.count for part in splits}
    reading = Reading({part.split: part for part in splits})
    return generate(
        spec,
        out,
        counts,
        executor=reading,
        shard_episodes=shard_episodes,
        overwrite=overwrite,
        progress=progress,
    )

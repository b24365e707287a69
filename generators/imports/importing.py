"""Writing an imported dataset: the engine's store, whose episodes a reader gives."""

import os
from collections.abc import Callable, Sequence

from generators.engine import GenerateResult, generate
from generators.imports.description import Imported
from generators.imports.reading import Reading
from generators.imports.spec import ImportedSpec, spec_of


def imported(
    splits: Sequence[Imported],
    out: str | os.PathLike[str],
    *,
    shard_episodes: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[ImportedSpec, GenerateResult]:
    """Write a store of these splits of one dataset at a path or URL; returns its spec and what was made.

    Killed, it goes on where it was when it is called again: the shards that are there stay. Parameters and errors as
    `generate`'s; what a file lacks or has damaged is a ValueError that names it.
    """
    spec = spec_of(splits)
    counts = {part.split: part.count for part in splits}
    reading = Reading({part.split: part for part in splits})
    result = generate(
        spec,
        out,
        counts,
        executor=reading,
        shard_episodes=shard_episodes,
        overwrite=overwrite,
        progress=progress,
    )
    return spec, result

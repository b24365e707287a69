"""`export`: a store's splits in a folder of another format, there in full or not at all."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from generators.export.part import Part
from generators.export.place import ABOUT, EXPORT, new_folder
from generators.fields import choice
from generators.palette import NAMES
from generators.store import StoreReader


@dataclass(frozen=True)
class Export:
    """What was written: episodes by split, and the files' number and total size in bytes."""

    episodes: dict[str, int]
    files: int
    bytes: int


def export(
    readers: Sequence[StoreReader],
    name: str,
    out: Path,
    *,
    episodes: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Export:
    """Write the splits of one store in the format `name` (of `FORMATS`) into the folder `out`.

    episodes: at most so many of each split, the first ones; None for all.
    overwrite: replace an export that lies at `out`, once the new one is whole. Nothing else is ever replaced.
    progress(done, total), in episodes.
    `out/dataset.json` is the same in every format: format, spec, fingerprint, palette, number of episodes, version.
    Raises ValueError for what can't be, before anything is written, and StoreError for a damaged store; `out` is then
    what it was.
    """
    from generators.export import FORMATS  # here, for the table offers this function too

    format_ = FORMATS[choice("format", name, tuple(FORMATS))]
    if not readers:
        raise ValueError("the store has no split yet; run the command that makes it again")
    spec = readers[0].spec
    if any(reader.fingerprint != spec.fingerprint for reader in readers):
        raise ValueError("the splits are of different datasets; export one store at a time")
    format_.check(spec)
    counts = [min(len(reader), episodes) if episodes else len(reader) for reader in readers]
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress(done, sum(counts))

    parts = [Part(reader, count, tick) for reader, count in zip(readers, counts, strict=True)]
    about = _about(name, parts)
    with new_folder(out, overwrite) as folder:
        tick(0)
        format_.write(parts, folder, about)
        (folder / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return Export({part.split: part.count for part in parts}, len(sizes), sum(sizes))


def _about(name: str, parts: Sequence[Part]) -> dict[str, Any]:
    spec = parts[0].spec
    return {
        "format": EXPORT,
        "format_version": 1,
        "export": name,
        "spec": json.loads(spec.to_json()),
        "fingerprint": spec.fingerprint,
        "length": spec.length,
        "palette": spec.palette.tolist(),
        "colors": list(NAMES[: spec.classes]),
        "episodes": {part.split: part.count for part in parts},
        "versions": {"bcb": version("bcb")},
    }

"""hf: Parquet and a dataset card, a folder that Hugging Face `datasets.load_dataset(folder)` takes as it is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generators.export.format import check_installed
from generators.export.part import Part
from generators.kinds.balls import ARRAYS
from generators.spec import Spec
from generators.store.schema import ArrayLayout, layouts

if TYPE_CHECKING:
    import pyarrow as pa

SHARD_BYTES = 2**29  # raw; of the files
GROUP_BYTES = 2**23  # of the row groups in them, the least that is read at once


@dataclass(frozen=True)
class Hf:
    """`data/SPLIT-00000-of-00004.parquet`, …, a row an episode, and the card in `README.md`.

    Columns: `episode` (its index) and the arrays of the store; those of two dimensions and more are `Array2D` to
    `Array4D` features of fixed shape, the others lists.
    """

    lossy: bool = False

    def check(self, spec: Spec) -> None:
        check_installed("pyarrow")
        longest = max(layouts(spec).values(), key=lambda layout: layout.episode_bytes)
        if longest.episode_bytes >= 2**31:
            raise ValueError(f"an episode's {longest.name} are too large for hf (2 GiB); take hdf5")

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        (folder / "data").mkdir()
        for part in parts:
            shards = part.ranges(max(1, SHARD_BYTES // part.episode_bytes))
            for shard, indices in enumerate(shards):
                path = folder / "data" / f"{part.split}-{shard:05d}-of-{len(shards):05d}.parquet"
                schema = pa.schema(_fields(part), {"bcb": json.dumps(about | {"split": part.split})})
                with pq.ParquetWriter(path, schema, compression="zstd") as writer:
                    for group in _cut(indices, max(1, GROUP_BYTES // part.episode_bytes)):
                        writer.write_table(_table(part, group, schema))
                        part.tick(len(group))
        (folder / "README.md").write_text(card(parts, about), encoding="utf-8")


def card(parts: Sequence[Part], about: dict[str, Any]) -> str:
    """The dataset card: which files are which split and what the columns are (YAML), and a few words for people."""
    files = [f"  - split: {part.split}\n    path: data/{part.split}-*.parquet" for part in parts]
    features = ["  - name: episode\n    dtype: int64", *map(_feature, parts[0].layouts.values())]
    spec = parts[0].spec
    head = [
        "---",
        f'pretty_name: "Blinking Color Balls: {spec.rule}, length {spec.length}"',
        "configs:\n- config_name: default\n  data_files:",
        *files,
        "dataset_info:\n  features:",
        *features,
        "---",
    ]
    return "\n".join(head) + CARD.format(
        rule=spec.rule,
        length=spec.length,
        split=parts[-1].split,
        fingerprint=about["fingerprint"],
        colors=", ".join(f"{number} {name}" for number, name in enumerate(about["colors"])),
        palette=about["palette"],
        spec=json.dumps(about["spec"]),
    )


CARD = """
# Blinking Color Balls: rule {rule}, length {length}

Balls bounce in a window; in each frame one of them lights up in a colour. After the last of `frames`, a model has to
paint `target`: every ball in its place, and in the colour that the rule gives it. Made by bcb.

```python
from datasets import load_dataset

data = load_dataset("path/of/this/folder").with_format("numpy")
data["{split}"][0]["frames"]  # uint8 (time, y, x)
```

Pixels, `blink_color` and `answer` are palette classes: {colors}.
RGB of the classes: `{palette}`.

Fingerprint `{fingerprint}`, of the spec, from which bcb makes the same bits again:

```json
{spec}
```
"""


def _feature(layout: ArrayLayout) -> str:
    """A column of the store's array, as `datasets` writes it in YAML."""
    if len(layout.shape) == 1:
        return f"  - name: {layout.name}\n    sequence: {layout.dtype.name}"
    kind = f"array{len(layout.shape)}_d"
    shape = json.dumps(layout.shape)
    lines = f"  - name: {layout.name}", "    dtype:", f"      {kind}:"
    return "\n".join([*lines, f"        shape: {shape}", f"        dtype: {layout.dtype.name}"])


def _fields(part: Part) -> "list[pa.Field]":
    import pyarrow as pa

    fields = [pa.field("episode", pa.int64())]
    for layout in part.layouts.values():
        kind = pa.from_numpy_dtype(layout.dtype)
        for _ in layout.shape:
            kind = pa.list_(kind)
        fields.append(pa.field(layout.name, kind))
    return fields


def _table(part: Part, indices: range, schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    columns = {"episode": pa.array(np.arange(indices.start, indices.stop))}
    columns |= {name: _nested(part.read(name, indices)) for name in ARRAYS}
    return pa.table(columns, schema)


def _nested(array: np.ndarray) -> "pa.Array":
    """(episode, a, b, …) as a list of lists of …, without touching the numbers."""
    import pyarrow as pa

    nested = pa.array(array.ravel())
    for axis in range(array.ndim - 1, 0, -1):
        lists = int(np.prod(array.shape[:axis]))
        nested = pa.ListArray.from_arrays(pa.array(np.arange(lists + 1, dtype=np.int32) * array.shape[axis]), nested)
    return nested


def _cut(indices: range, count: int) -> list[range]:
    return [indices[start : start + count] for start in range(0, len(indices), count)]

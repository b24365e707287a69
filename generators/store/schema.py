"""The schema of a store (DESIGN §4), once: what is written, read and verified comes from its kind's table of arrays.

Chunks hold one episode; one that is longer than about 1 MiB is cut along time. A shard holds
`shard_episodes` episodes and is what one task writes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from generators.kinds import AnySpec, Field, kind_of

FORMAT = "bcb-store"
FORMAT_VERSION = 1
CHUNK_BYTES = 2**20
SHARD_BYTES = 2**26
MAX_SHARD_EPISODES = 4096  # episodes of a few bytes would else make tasks of many minutes
GROUP_METADATA = "zarr.json"


@dataclass(frozen=True)
class ArrayLayout:
    """How one array lies in a split.

    shape: of one episode.   chunk: of one chunk of one episode; differs from `shape` in time only.
    """

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]
    chunk: tuple[int, ...]

    @cached_property
    def pieces(self) -> int:
        """Chunks that one episode is cut in."""
        return len(self.spans)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """The moments [start, stop) of each piece."""
        if not self.shape:  # one value an episode
            return [(0, 1)]
        long, end = self.chunk[0], self.shape[0]
        return [(start, min(end, start + long)) for start in range(0, end, long)]

    @property
    def episode_bytes(self) -> int:
        """Raw bytes of one episode."""
        return prod(self.shape) * self.dtype.itemsize

    def object_key(self, shard: int) -> str:
        """Where a shard lies, relative to the split's folder."""
        return "/".join([self.name, "c", str(shard), *("0" for _ in self.shape)])


def layouts(spec: AnySpec) -> dict[str, ArrayLayout]:
    """The layout of every array of a dataset, by name."""
    kind = kind_of(spec)
    sizes = kind.sizes(spec)
    return {name: _layout(name, field, sizes) for name, field in kind.arrays(spec).items()}


def _layout(name: str, field: Field, sizes: Mapping[str, int]) -> ArrayLayout:
    dtype = np.dtype(field.dtype).newbyteorder("<")
    shape = tuple(sizes[dim] for dim in field.dims[1:])
    if not field.timed:
        return ArrayLayout(name, dtype, shape, shape)
    moment = prod(shape[1:]) * dtype.itemsize
    return ArrayLayout(name, dtype, shape, (min(shape[0], max(1, CHUNK_BYTES // moment)), *shape[1:]))


def episode_bytes(spec: AnySpec) -> int:
    """Raw bytes of one episode, all arrays."""
    return sum(layout.episode_bytes for layout in layouts(spec).values())


def default_shard_episodes(spec: AnySpec) -> int:
    """Episodes in a shard: the power of two that brings its raw data to 64–128 MiB, 4096 at most.

    It follows from the spec alone, so a store can grow, and any number of workers makes the same one.
    """
    episodes = 1
    while episodes < MAX_SHARD_EPISODES and episodes * episode_bytes(spec) < SHARD_BYTES:
        episodes *= 2
    return episodes


def shard_count(episodes: int, shard_episodes: int) -> int:
    return -(-episodes // shard_episodes)


def attributes(spec: AnySpec, split: str, versions: dict[str, str]) -> dict[str, Any]:
    """The attributes of a split's group."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "spec": json.loads(spec.to_json()),
        "fingerprint": spec.fingerprint,
        **kind_of(spec).attributes(spec),
        "split": split,
        "versions": versions,
    }


def metadata(spec: AnySpec, episodes: int, shard_episodes: int, group_attributes: dict[str, Any]) -> dict[str, Any]:
    """Every zarr.json of a split, by its path in the split's folder, as zarr v3 wants it.

    The group's also holds the arrays' (consolidated metadata), so that xarray and object stores
    open a split with one read.
    """
    fields = kind_of(spec).arrays(spec)
    arrays = {
        name: _array_metadata(fields[name], layout, episodes, shard_episodes) for name, layout in layouts(spec).items()
    }
    group = {
        "zarr_format": 3,
        "node_type": "group",
        "attributes": group_attributes,
        "consolidated_metadata": {"kind": "inline", "must_understand": False, "metadata": arrays},
    }
    return {GROUP_METADATA: group} | {f"{name}/zarr.json": array for name, array in arrays.items()}


def _array_metadata(field: Field, layout: ArrayLayout, episodes: int, shard_episodes: int) -> dict[str, Any]:
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    sharding = {
        "chunk_shape": [1, *layout.chunk],
        "codecs": [
            {"name": "bytes"} if layout.dtype.itemsize == 1 else little,
            {"name": "zstd", "configuration": {"level": 1, "checksum": False}},
            {"name": "crc32c"},
        ],
        "index_codecs": [little, {"name": "crc32c"}],
        "index_location": "end",
    }
    shard_shape = [shard_episodes, *(layout.pieces * long for long in layout.chunk[:1]), *layout.chunk[1:]]
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [episodes, *layout.shape],
        "data_type": field.dtype,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard_shape}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": field.fill,
        "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        "attributes": {},
        "dimension_names": list(field.dims),
        "storage_transformers": [],
    }

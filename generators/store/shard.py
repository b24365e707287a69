"""One shard of one array, laid out as zarr v3's `sharding_indexed` codec says: chunks, then their index.

Written here rather than through zarr because the bytes must be the same for every zarr, because an
object must be on the disk before it is committed (zarr's LocalStore never syncs), and because one
episode is read some twenty times faster. The tests read every shard with zarr as well.

chunk = zstd(raw bytes, C order) + crc32c; index = (offset, size) as little-endian uint64 per chunk
+ crc32c, with 2⁶⁴−1 twice for a chunk that isn't there.
"""

from math import prod
from pathlib import Path
from typing import BinaryIO

import google_crc32c
import numpy as np
from numcodecs.zstd import Zstd

from generators.store.errors import StoreError
from generators.store.schema import ArrayLayout

NOT_THERE = 2**64 - 1
_zstd = Zstd(level=1)


class ShardWriter:
    """Collects the episodes of one shard, compressed, and yields the shard's bytes."""

    def __init__(self, layout: ArrayLayout, shard_episodes: int):
        self._layout = layout
        self._index = np.full((shard_episodes, layout.pieces, 2), NOT_THERE, dtype="<u8")
        self._chunks: list[bytes] = []
        self._episodes = 0
        self._size = 0

    def append(self, values: np.ndarray) -> None:
        """Add the next episode; `values` has the layout's shape."""
        layout = self._layout
        assert values.shape == layout.shape, (layout.name, values.shape, layout.shape)
        long = layout.chunk[0]
        for piece in range(layout.pieces):
            part = values[piece * long : (piece + 1) * long].astype(layout.dtype, casting="safe", order="C")
            if len(part) < long:  # zarr pads the last chunk
                part = np.concatenate([part, np.zeros((long - len(part), *part.shape[1:]), part.dtype)])
            chunk = with_crc(_zstd.encode(part))
            self._index[self._episodes, piece] = self._size, len(chunk)
            self._chunks.append(chunk)
            self._size += len(chunk)
        self._episodes += 1

    def finish(self) -> bytes:
        """The whole shard."""
        return b"".join([*self._chunks, with_crc(self._index.tobytes())])


class ShardFile:
    """A shard of one array, on disk. Holds its index only, and opens the file for each read."""

    def __init__(self, path: Path, layout: ArrayLayout, shard_episodes: int):
        """Raises StoreError when the shard is missing or its index is damaged."""
        self.path = path
        self._layout = layout
        size = shard_episodes * layout.pieces * 16 + 4
        try:
            with path.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - size))
                index = without_crc(file.read(), path)
        except OSError as error:
            raise StoreError(f"{path} can't be read: {error.strerror}") from error
        if len(index) != size - 4:
            raise _damaged(path)
        self._index = np.frombuffer(index, dtype="<u8").reshape(shard_episodes, layout.pieces, 2)

    def read(self, episode: int) -> np.ndarray:
        """Episode `episode` of the shard. Raises StoreError when its bytes are damaged."""
        layout = self._layout
        chunks = self._index[episode].tolist()
        if any(offset == NOT_THERE for offset, _ in chunks):
            raise StoreError(f"{self.path} holds no episode {episode}; run the same bcb generate command again")
        try:
            with self.path.open("rb") as file:
                pieces = [self._read_chunk(file, offset, size) for offset, size in chunks]
        except OSError as error:
            raise StoreError(f"{self.path} can't be read: {error.strerror}") from error
        values = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return values[: layout.shape[0]].astype(layout.dtype.newbyteorder("="))  # a copy: native, writable

    def _read_chunk(self, file: BinaryIO, offset: int, size: int) -> np.ndarray:
        file.seek(offset)
        data = without_crc(file.read(size), self.path)
        try:
            raw = _zstd.decode(data)
        except (RuntimeError, ValueError) as error:
            raise _damaged(self.path) from error
        layout = self._layout
        if len(raw) != prod(layout.chunk) * layout.dtype.itemsize:
            raise _damaged(self.path)
        return np.frombuffer(raw, layout.dtype).reshape(layout.chunk)


def with_crc(data: bytes) -> bytes:
    return data + google_crc32c.value(data).to_bytes(4, "little")


def without_crc(data: bytes, path: Path) -> bytes:
    """`data` without the checksum at its end. Raises StoreError when it doesn't match."""
    if len(data) < 4 or google_crc32c.value(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise _damaged(path)
    return data[:-4]


def _damaged(path: Path) -> StoreError:
    return StoreError(f"{path} is damaged (its checksum doesn't match); run the same bcb generate command again")

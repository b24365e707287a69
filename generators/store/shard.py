"""One shard of one array, laid out as zarr v3's `sharding_indexed` codec says: chunks, then their index.

Written here rather than through zarr because the bytes must be the same for every zarr, because an
object must be on the disk before it is committed (zarr's LocalStore never syncs), because an episode can be
larger than memory, and because one is read some twenty times faster. The tests read every shard with zarr as well.

chunk = zstd(raw bytes, C order) + crc32c; index = (offset, size) as little-endian uint64 per chunk
+ crc32c, with 2⁶⁴−1 twice for a chunk that isn't there.
"""

import hashlib
import threading
from math import prod
from pathlib import Path

import google_crc32c
import numpy as np
import zstandard

from generators.bucket import Bucket
from generators.errors import StoreError
from generators.store.schema import ArrayLayout

NOT_THERE = 2**64 - 1
BUFFER = 2**18  # bytes of compressed chunks


class ShardWriter:
    """Writes the episodes of one shard to a file, chunk by chunk."""

    def __init__(self, path: Path, layout: ArrayLayout, shard_episodes: int):
        """path: of the file, which must not be there yet."""
        self._layout = layout
        self._index_length = shard_episodes * layout.pieces
        self._zip = zstandard.ZstdCompressor(level=1)
        self._index: list[tuple[int, int]] = []
        self._file = path.open("xb", buffering=0)
        self._sha256 = hashlib.sha256()
        self._padded = np.zeros(layout.chunk, layout.dtype)  # the last piece of every episode, and zeros after it
        self._held: list[bytes] = []  # chunks that wait until there are enough to be written
        self._end = self._written = 0

    def append(self, piece: np.ndarray) -> None:
        """Add the next piece: one of `layout.spans` of the next episode, in order; with one span, an episode."""
        chunk = self._layout.chunk
        if piece.shape != chunk:  # the last of an episode; zarr pads it
            assert len(self._index) % self._layout.pieces == self._layout.pieces - 1, (self._layout, piece.shape)
            self._padded[: len(piece)], piece = piece, self._padded
        data = with_crc(self._zip.compress(np.ascontiguousarray(piece, self._layout.dtype).data))
        self._index.append((self._end, len(data)))
        self._held.append(data)
        self._end += len(data)
        if self._end - self._written > BUFFER:
            self._write()

    def finish(self) -> tuple[int, str]:
        """Write the index and close the file; returns its (size in bytes, SHA-256 in hex)."""
        assert len(self._index) % self._layout.pieces == 0, self._layout
        index = np.full((self._index_length, 2), NOT_THERE, dtype="<u8")
        index[: len(self._index)] = self._index
        self._held.append(with_crc(index.tobytes()))
        self._end += len(self._held[-1])
        self._write()
        self._file.close()
        return self._end, self._sha256.hexdigest()

    def _write(self) -> None:
        data = memoryview(b"".join(self._held))
        self._sha256.update(data)
        while data:
            data = data[self._file.write(data) :]
        self._held, self._written = [], self._end


class ShardFile:
    """A shard of one array, to read from. Holds its index only."""

    def __init__(self, bucket: Bucket, key: str, layout: ArrayLayout, shard_episodes: int):
        """Raises StoreError when the shard is missing or its index is damaged."""
        self._bucket = bucket
        self._key = key
        self._layout = layout
        self._where = f"{bucket.name}/{key}"
        self._chunk_bytes = prod(layout.chunk) * layout.dtype.itemsize
        self._native = layout.dtype.newbyteorder("=")
        size = shard_episodes * layout.pieces * 16 + 4
        try:
            index = without_crc(bucket.read_tail(key, size), self._where)
        except OSError as error:
            raise self._unreadable(error) from error
        if len(index) != size - 4:
            raise _damaged(self._where)
        self._index = np.frombuffer(index, dtype="<u8").reshape(shard_episodes, layout.pieces, 2)

    def __getstate__(self):
        raise TypeError("a ShardFile stays in its process")

    def read(self, row: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Episode `row` of the shard, from `start` to before `stop` along its first axis; by default all of it.

        Raises StoreError when its bytes are damaged.
        """
        layout = self._layout
        stop = layout.spans[-1][1] if stop is None else stop
        if not layout.shape or (start, stop) == (0, layout.chunk[0]):  # all of one chunk
            return np.frombuffer(self._unpacked(row), layout.dtype).reshape(layout.chunk).astype(self._native)  # a copy
        out, long = np.empty((stop - start, *layout.shape[1:]), self._native), layout.chunk[0]
        for piece in range(start // long, -(-stop // long)):
            low, high = max(start, piece * long), min(stop, (piece + 1) * long)
            self._unpack(row, piece, low - piece * long, out[low - start : high - start])
        return out if layout.dtype.isnative else out.byteswap(inplace=True)

    def _unpacked(self, row: int) -> bytes:
        """An episode's only chunk."""
        data = self._packed(row, 0)
        try:
            raw = _unzip().decompress(data, max_output_size=self._chunk_bytes)
        except zstandard.ZstdError as error:
            raise _damaged(self._where) from error
        if len(raw) != self._chunk_bytes:
            raise _damaged(self._where)
        return raw

    def _unpack(self, row: int, piece: int, start: int, out: np.ndarray) -> None:
        """Fill `out` from one chunk, from `start` on: without a copy, and unpacking no more than that."""
        data = self._packed(row, piece)
        try:
            if zstandard.frame_content_size(data) != self._chunk_bytes:
                raise _damaged(self._where)
            with _unzip().stream_reader(data) as raw:
                raw.seek(start * (self._chunk_bytes // self._layout.chunk[0]))
                got = raw.readinto(out.reshape(-1).view(np.uint8))
        except zstandard.ZstdError as error:
            raise _damaged(self._where) from error
        if got != out.nbytes:
            raise _damaged(self._where)

    def _packed(self, row: int, piece: int) -> bytes:
        """The bytes of a chunk, checked."""
        offset, size = self._index[row, piece].tolist()
        if offset == NOT_THERE:
            raise StoreError(f"{self._where} holds no episode {row}; bcb verify says how to mend it")
        try:
            return without_crc(self._bucket.read_range(self._key, offset, size), self._where)
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> StoreError:
        return StoreError(f"{self._where} can't be read: {error.strerror or error}")


_own = threading.local()


def _unzip() -> zstandard.ZstdDecompressor:
    """This thread's: no two may use the same."""
    if not hasattr(_own, "unzip"):
        _own.unzip = zstandard.ZstdDecompressor()
    return _own.unzip


def with_crc(data: bytes) -> bytes:
    return data + google_crc32c.value(data).to_bytes(4, "little")


def without_crc(data: bytes, where: str) -> bytes:
    """`data` without the checksum at its end. Raises StoreError when it doesn't match."""
    if len(data) < 4 or google_crc32c.value(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise _damaged(where)
    return data[:-4]


def _damaged(where: str) -> StoreError:
    return StoreError(f"{where} is damaged (its checksum doesn't match); bcb verify says how to mend it")

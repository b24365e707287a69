"""TFRecord files without TensorFlow: records, each behind its length, both guarded by a checksum.

A record is its length (uint64), the masked CRC-32C of those eight bytes (uint32), its bytes, and their masked CRC-32C
(uint32), all little-endian. Masked means turned right by 15 bits, plus 0xa282ead8
(https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details").
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import google_crc32c

HEADER, FOOTER = 12, 4  # bytes before and after a record's own


def read_records(path: Path) -> Iterator[bytes]:
    """The records of a file, in order, one in memory at a time.

    Raises ValueError, naming the file and the record (the first is 0), where one is damaged or cut off.
    """
    with _opened(path) as file:
        for number, length in _lengths(file, path):
            data, check = file.read(length), file.read(FOOTER)
            if masked_crc(data) != check:
                raise ValueError(f"{path}, record {number}: damaged (its checksum is wrong); download the file again")
            yield data


def count_records(path: Path) -> int:
    """How many records a file has. Reads and checks their lengths alone."""
    with _opened(path) as file:
        return sum(1 for _, length in _lengths(file, path) if file.seek(length + FOOTER, os.SEEK_CUR))


def _lengths(file: BinaryIO, path: Path) -> Iterator[tuple[int, int]]:
    """(number, length) of each record, when the file stands at its bytes; the caller then moves on to the next."""
    end, number = os.fstat(file.fileno()).st_size, 0
    while file.tell() < end:
        header = file.read(HEADER)
        length = int.from_bytes(header[:8], "little")
        if len(header) == HEADER and masked_crc(header[:8]) != header[8:]:
            raise ValueError(f"{path}, record {number}: damaged (its length's checksum is wrong), or no TFRecord file")
        if len(header) < HEADER or file.tell() + length + FOOTER > end:
            raise ValueError(f"{path}, record {number}: the file ends in the middle of it; download the file again")
        yield number, length
        number += 1


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise ValueError(f"{path}: can't be read ({error.strerror})") from None


def masked_crc(data: bytes) -> bytes:
    """The checksum of some bytes, as the format keeps it."""
    crc = google_crc32c.value(data)
    turned = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return ((turned + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")

"""tf.train.Example without TensorFlow or protobuf: features by name, each a list of bytes, floats or integers.

Written from the format's description, https://protobuf.dev/programming-guides/encoding, and the messages of
tensorflow/core/example/{example,feature}.proto: Example {features: 1}, Features {entries of a map: 1}, an entry
{name: 1, feature: 2}, Feature {bytes: 1 | floats: 2 | int64s: 3}, each a list {values: 1}; numbers may be packed.

A feature is only decoded when it is asked for: those of MOVi that nobody wants (optical flow) are most of its bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5  # wire types
KINDS = {1: "bytes", 2: "floats", 3: "integers"}


@dataclass(frozen=True)
class Example:
    """The features of one example, by name, as they lie in the file."""

    features: Mapping[str, memoryview]

    def bytes(self, name: str) -> list[bytes]:
        """A feature's values. Raises ValueError, as the other two, where it is missing, broken or of another kind."""
        return [bytes(_sized(value)) for _, value in self._values(name, "bytes")]

    def floats(self, name: str, *shape: int) -> np.ndarray:
        """A feature's values, float32, in this shape (of which one side may be −1)."""
        parts = [np.frombuffer(_sized(value), "<f4") for _, value in self._values(name, "floats")]
        return _shaped(name, np.concatenate(parts or [np.zeros(0)]).astype(np.float32), shape)

    def integers(self, name: str, *shape: int) -> np.ndarray:
        """A feature's values, int64, in this shape (of which one side may be −1)."""
        parts = [
            np.array([value & (1 << 64) - 1], np.uint64) if isinstance(value, int) else _varints(value)
            for _, value in self._values(name, "integers")
        ]
        return _shaped(name, np.concatenate(parts or [np.zeros(0, np.uint64)]).view(np.int64), shape)

    def _values(self, name: str, kind: str) -> Iterator[tuple[int, "int | memoryview"]]:
        if name not in self.features:
            raise ValueError(f"it has no feature {name!r}")
        for number, values in _fields(self.features[name]):
            if number in KINDS:
                if KINDS[number] != kind:
                    raise ValueError(f"feature {name!r} holds {KINDS[number]}, not {kind}")
                yield from (field for field in _fields(_sized(values)) if field[0] == 1)


def parse_example(data: bytes) -> Example:
    """An example from its bytes. Raises ValueError where they are none."""
    found = {}
    for number, features in _fields(memoryview(data)):
        if number != 1:
            continue
        for _, entry in _fields(_sized(features)):
            parts = dict(_fields(_sized(entry)))
            found[str(_sized(parts.get(1, memoryview(b""))), "utf-8")] = _sized(parts.get(2, memoryview(b"")))
    return Example(found)


def _fields(data: memoryview) -> Iterator[tuple[int, "int | memoryview"]]:
    """(number, value) of each field of a message: an int where it is a varint, else its bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if key & 7 == BYTES:
            length, at = _varint(data, at)
        elif key & 7 in (EIGHT, FOUR):
            length = 8 if key & 7 == EIGHT else 4
        else:
            raise ValueError(f"not a tf.train.Example (wire type {key & 7})")
        if at + length > len(data):
            raise ValueError("not a tf.train.Example (a field is longer than what holds it)")
        yield key >> 3, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = 0
    for position in range(10):
        if at + position >= len(data):
            break
        byte = data[at + position]
        value |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return value, at + position + 1
    raise ValueError("not a tf.train.Example (a number doesn't end)")


def _varints(data: memoryview) -> np.ndarray:
    """Packed numbers, uint64: all at once, for there may be millions."""
    each = np.frombuffer(data, np.uint8)
    last = np.flatnonzero(each < 0x80)
    if not len(each):
        return np.zeros(0, np.uint64)
    if not len(last) or last[-1] != len(each) - 1 or (lengths := np.diff(last, prepend=-1)).max() > 10:
        raise ValueError("not a tf.train.Example (a number doesn't end)")
    starts = last + 1 - lengths
    position = np.arange(len(each)) - np.repeat(starts, lengths)
    return np.add.reduceat((each & 0x7F).astype(np.uint64) << (7 * position).astype(np.uint64), starts)


def _sized(value: "int | memoryview") -> memoryview:
    if isinstance(value, int):
        raise ValueError("not a tf.train.Example (a number where there should be bytes)")
    return value


def _shaped(name: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return values.reshape(shape)
    except ValueError:
        sides = ", ".join("any" if side < 0 else str(side) for side in shape)
        raise ValueError(f"feature {name!r} has {values.size} values, which don't make ({sides})") from None

"""Writers of the formats that are imported, which share no code with the readers."""

import io
import struct

import av
import numpy as np
from PIL import Image


def crc32c(data):
    """CRC-32C bit by bit, from its polynomial."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return struct.pack("<I", (((crc >> 15) + (crc << 17) % 2**32) + 0xA282EAD8) % 2**32)


def record(data, fast=None):
    """A TFRecord. The checksum of long data is taken with `fast`, which the first tests hold against ours."""
    length = struct.pack("<Q", len(data))
    crc = masked(data) if fast is None else fast(data)
    return length + masked(length) + data + crc


def varint(value):
    value %= 2**64
    out = bytearray()
    while value > 127:
        out.append(value % 128 + 128)
        value //= 128
    return bytes([*out, value])


def sized(number, data):
    return varint(number * 8 + 2) + varint(len(data)) + data


def feature(values, packed=True):
    """A tf.train.Feature of bytes, floats or integers, by an array's dtype or a list's first value."""
    if isinstance(values, np.ndarray) and not values.size and values.dtype.kind == "f":
        return sized(2, b"")
    values = values if isinstance(values, list) else np.asarray(values).ravel().tolist()
    if values and isinstance(values[0], bytes):
        return sized(1, b"".join(sized(1, value) for value in values))
    if values and isinstance(values[0], float):
        if packed:
            return sized(2, sized(1, struct.pack(f"<{len(values)}f", *values)))
        return sized(2, b"".join(varint(1 * 8 + 5) + struct.pack("<f", value) for value in values))
    if packed:
        return sized(3, sized(1, b"".join(varint(int(value)) for value in values)))
    return sized(3, b"".join(varint(1 * 8 + 0) + varint(int(value)) for value in values))


def example(features, packed=True):
    """A tf.train.Example of {name: values}; values that are bytes already are a feature's own."""
    entries = [
        sized(1, sized(1, name.encode()) + sized(2, values if isinstance(values, bytes) else feature(values, packed)))
        for name, values in features.items()
    ]
    return sized(1, b"".join(entries))


def png(array):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "png")
    return file.getvalue()


def movie(path, frames, codec="ffv1", pixels="bgr0", rate=24):
    """A video of uint8 (time, y, x, rgb); by default one without loss."""
    with av.open(str(path), "w", format={".mp4": "mp4", ".avi": "avi", ".mkv": "matroska"}[path.suffix]) as file:
        stream = file.add_stream(codec, rate=rate)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pixels
        for frame in frames:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format=pixels)))
        file.mux(stream.encode())

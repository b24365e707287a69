"""Pictures and videos as arrays, brought to a square."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

PIXELS = 2**25  # of one picture: what claims to be larger is refused before it is decoded
FRAMES = 2000  # of a video that is read whole


def decode_rgb(data: bytes) -> np.ndarray:
    """uint8 (y, x, rgb) of an encoded picture, upright as a JPEG's own note of how it was taken says.

    Raises ValueError where it is none, as the other two.
    """
    return np.asarray(ImageOps.exif_transpose(_open(data)).convert("RGB"))


def decode_index(data: bytes) -> np.ndarray:
    """uint8 (y, x) of an encoded picture with one channel of 8 bits."""
    image = _open(data)
    if image.mode not in ("L", "P"):
        raise ValueError(f"a picture is of mode {image.mode}; it should have one channel of 8 bits")
    return np.asarray(image)


def decode_uint16(data: bytes) -> np.ndarray:
    """uint16 (y, x) of an encoded picture with one channel of 16 bits."""
    image = _open(data)
    if not image.mode.startswith("I"):
        raise ValueError(f"a picture is of mode {image.mode}; it should have one channel of 16 bits")
    values = np.asarray(image)
    if values.size and not 0 <= values.min() <= values.max() < 2**16:
        raise ValueError("a picture has values beyond 16 bits")
    return values.astype(np.uint16)


def stacked(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Pictures as one array (time, …). Raises ValueError where they differ in shape, or there are none."""
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) != 1:
        raise ValueError(f"its pictures have shapes {', '.join(map(str, shapes))}" if shapes else "it has no pictures")
    return np.stack(pictures)


def square(pictures: np.ndarray, size: int) -> np.ndarray:
    """uint8 (…, size, size, rgb) of (…, y, x, rgb), squeezed and not cropped.

    A pixel is the mean of those that it covers, where it covers whole ones; else a mean weighted by nearness.
    """
    *shape, height, width, _ = pictures.shape
    if height == width == size:
        return pictures
    how = Image.Resampling.BILINEAR if height % size or width % size else Image.Resampling.BOX
    each = [
        np.asarray(Image.fromarray(picture).resize((size, size), how))
        for picture in pictures.reshape(-1, height, width, 3)
    ]
    return np.stack(each).reshape(*shape, size, size, 3)


def square_nearest(maps: np.ndarray, size: int) -> np.ndarray:
    """(…, size, size) of (…, y, x), in the same dtype: a pixel has the value at its middle. For depth and masks."""
    rows, columns = (np.floor((np.arange(size) + 0.5) * side / size).astype(int) for side in maps.shape[-2:])
    return maps[..., rows[:, None], columns]


def video_frames(path: Path, size: int) -> Iterator[np.ndarray]:
    """The frames of a video, each uint8 (size, size, rgb), one in memory at a time; turned as its header says.

    Raises ValueError where PyAV is missing or the file isn't a video.
    """
    with _opened(path) as file:
        for frame in file.decode(video=0):
            upright = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
            yield square(np.ascontiguousarray(upright), size)


def whole_video(path: Path, size: int) -> np.ndarray:
    """uint8 (time, size, size, rgb): all frames of a short video."""
    frames = []
    for frame in video_frames(path, size):
        frames.append(frame)
        if len(frames) > FRAMES:
            raise ValueError(f"more than {FRAMES} frames")
    return stacked(frames)


def count_frames(path: Path) -> int:
    """How many frames a video has. All are decoded, for what its header says, or its packets, may be wrong."""
    with _opened(path) as file:
        return sum(1 for _ in file.decode(video=0))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A video that PyAV reads; whatever FFmpeg complains of inside becomes a ValueError."""
    try:
        import av
        from av.error import FFmpegError
    except ImportError:
        raise ValueError("videos need PyAV: pip install 'bcb[export]'") from None
    try:
        # A file that is really a list of addresses must not be followed to them.
        with av.open(str(path.absolute()), options={"protocol_whitelist": "file"}) as file:
            if not file.streams.video:
                raise ValueError("it has no video stream")
            yield file
    except FFmpegError as error:
        raise ValueError(f"not a video, or a damaged one ({' '.join(str(error).split())})") from None


def _open(data: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > PIXELS:
            raise ValueError(f"{image.width} × {image.height} pixels")
        image.load()
    except Exception as error:  # each of Pillow's decoders fails in its own way
        raise ValueError(f"a picture can't be decoded ({' '.join(str(error).split())[:100]})") from None
    return image

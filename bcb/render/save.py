"""Writing pictures: whole, or not at all."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from PIL import Image

SUFFIXES = (".png", ".gif")


def check_suffix(path: str | Path) -> str:
    """The suffix of a picture's path, lower case. Raises ValueError when it is not one we write."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(f"{path} must end in .png (contact sheet) or .gif (animation)")
    return suffix


def save(path: str | Path, pages: list[Image.Image], durations: list[int] | None = None) -> None:
    """Write a PNG (of one page) or a GIF beside its final place, then rename it. Makes the folder if need be."""
    path = Path(path)
    suffix = check_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(suffix=suffix, prefix=f".{path.stem}-", dir=path.parent)
    os.close(handle)
    try:
        if suffix == ".png":
            pages[0].save(temporary, optimize=True)
        else:
            write_gif(temporary, pages, durations)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_gif(to: str | BinaryIO, pages: list[Image.Image], durations: list[int] | None) -> None:
    """An animation that goes on for ever, each page as long as it says, ms."""
    flat = [page.quantize(256, dither=Image.Dither.NONE) for page in pages]
    flat[0].save(to, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0, optimize=False)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

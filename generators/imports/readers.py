"""The data sets that can be imported. To add one, open `clevrer.py`, write its sibling, and list it here."""

from collections.abc import Callable
from pathlib import Path

from generators.imports import cater, clevrer, movi, video
from generators.imports.description import Imported

# name → (a split of it, which of our splits a folder holds)
READERS: dict[str, tuple[Callable[..., Imported], Callable[[Path], tuple[str, ...]]]] = {
    "movi": (movi.movi, movi.splits),
    "cater": (cater.cater, cater.splits),
    "clevrer": (clevrer.clevrer, clevrer.splits),
    "video": (video.video, video.splits),
}

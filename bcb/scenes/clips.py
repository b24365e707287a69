"""Episodes of a store of scenes, as models and scores take them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from generators.scenes.camera import FAR
from generators.store import Reader
from generators.store.schema import layouts

LOOKED_AT = ("rgb", "depth", "cell")


@dataclass(frozen=True)
class StoredClips:
    """A `SceneSource` of `slotssm.scenes` and of `eval.scenes` at once; the first `count` episodes, None for all.

    wanted: the arrays of a clip, of those that the store has; what is not read costs no time.
    Depths of `FAR` and more, where nothing is, count as not known.
    """

    reader: Reader[Any]
    count: int | None = None
    wanted: tuple[str, ...] = LOOKED_AT

    @property
    def spec(self) -> Any:
        return self.reader.spec

    @property
    def split(self) -> str:
        return self.reader.split

    def __len__(self) -> int:
        return min(len(self.reader), self.count or len(self.reader))

    def clip(self, index: int) -> dict[str, np.ndarray]:
        """The wanted arrays that the store has. Raises IndexError and StoreError."""
        names = [name for name in self.wanted if name in layouts(self.spec)]
        found = {name: self.reader.read(name, [index])[0] for name in names}
        if "depth" in found:
            found["depth"] = np.where(found["depth"] < FAR, found["depth"], np.nan)
        return found

    def episode(self, index: int) -> Any:
        return self.reader.episode(index)


def open_clips(data: str, split: str, count: int | None = None) -> StoredClips:
    """A split of a store of scenes. Raises StoreError where it isn't there, ValueError where it is of balls."""
    reader: Reader[Any] = Reader(data, split)
    if "rgb" not in layouts(reader.spec):
        raise ValueError(f"{data} is of blinking balls, and this is for scenes; choose another store")
    return StoredClips(reader, count)

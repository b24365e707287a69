"""Clips of scenes as tensors. Anything with a length and `clip(i)` is a source: a store's reader, or a toy.

t frames · c channels · y, x pixels
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from slotssm.data import ShuffledBatches
from slotssm.scenes.models.config import SceneConfig
from slotssm.scenes.recipe import SceneTrainConfig
from slotssm.scenes.sampling import choose_frames


@runtime_checkable
class SceneSource(Protocol):
    """Clips by index, as dicts of arrays over time.

    `rgb` uint8 (time, y, x, 3); where depth is learned `depth` float32 (time, y, x), metres, 0 or not finite where it
    isn't known; where the snitch is `cell` uint8 (time), 0 to 35. Others are not looked at.
    """

    def __len__(self) -> int: ...

    def clip(self, index: int) -> dict[str, np.ndarray]: ...


@dataclass(frozen=True)
class ClipDataset(Dataset):
    """Clips with their frames chosen. An item's key is (clip, place): `place`, its number in the whole training,
    decides the frames, and where the clip ends; without one (−1) they are those that are tested on, of a whole clip.

    An item: `video` float32 (t, 3, y, x) in 0…1; `depth` float32 (t, 1, y, x), log(1 + metres), NaN where it isn't
    known, if the source has it; `cell` int64 (), after the clip's last frame, if the source has it; `drawn` int64
    (decodes), in order, which of the frames are drawn, if not all are.
    """

    source: SceneSource
    config: SceneTrainConfig

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, key: tuple[int, int]) -> dict[str, Tensor]:
        index, place = key
        c, clip = self.config, self.source.clip(index)
        rng = np.random.default_rng((c.seed, place)) if place >= 0 else None
        total = len(clip["rgb"])
        if rng and c.endings == "any":
            total = int(rng.integers(max(c.frames, 1), total + 1))
        at = choose_frames(total, c.frames, c.sampling, rng)
        item = {"video": picture_of(clip["rgb"][at])}
        if "depth" in clip:
            item["depth"] = depth_target(torch.from_numpy(clip["depth"][at, None]).float())
        if "cell" in clip:
            item["cell"] = torch.tensor(int(clip["cell"][total - 1]))
        if rng and 0 < c.decodes < len(at):
            item["drawn"] = torch.from_numpy(np.sort(rng.choice(len(at), c.decodes, replace=False)))
        return item


class PlacedBatches(ShuffledBatches):
    """Batches of (clip, place), so that which frames are drawn depends on seed and step alone."""

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:  # pyright: ignore[reportIncompatibleMethodOverride]
        for step, batch in enumerate(super().__iter__(), self.first):
            places = range(step * self.batch_size + self.rank, (step + 1) * self.batch_size, self.world)
            yield list(zip(batch, places, strict=True))


def picture_of(rgb: np.ndarray) -> Tensor:
    """uint8 (t, y, x, 3) → float32 (t, 3, y, x) in 0…1."""
    return torch.from_numpy(rgb).movedim(3, 1).float() / 255


def depth_target(metres: Tensor) -> Tensor:
    """log(1 + metres), as SAVi++ has it (arXiv 2206.07764); NaN where nothing was measured. `expm1` leads back."""
    return torch.where(metres.isfinite() & (metres > 0), metres, torch.nan).log1p()


def check_scenes(source: SceneSource, model: SceneConfig, config: SceneTrainConfig) -> None:
    """Raise ValueError where a source has no clips, or they don't fit the model and what it is to learn."""
    if len(source) < 1:
        raise ValueError("there are no clips; generate some")
    clip = source.clip(0)
    need = {"cell"} if config.task == "snitch" else set(model.targets) - {"rgb"}
    for name in sorted(need - clip.keys()):
        raise ValueError(
            f"the clips have no {name}, which task {config.task} is about; choose other data or another task"
        )
    _, height, width, _ = clip["rgb"].shape
    if (height, width) != (model.image_size, model.image_size):
        raise ValueError(
            f"the model was made for images of {model.image_size} pixels, the clips have {height}×{width}; "
            "choose data or a model that fits"
        )
    choose_frames(len(clip["rgb"]), config.frames, config.sampling, None)

"""Predictions: a model's argmax image for every episode of a source."""

from collections.abc import Callable

import numpy as np
import torch
from torch.utils.data import DataLoader

from generators.source import Source
from slotssm.data import EpisodeDataset
from slotssm.models import SequenceModel


def pick_device(device: str) -> torch.device:
    """ "auto" is a GPU where there is one, else the CPU. Raises ValueError for one that torch can't use."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        there = torch.zeros(1, device=device)
        there.cpu()  # a device that gives nothing back ("meta") is none to train on
        return there.device
    except (RuntimeError, AssertionError) as e:
        raise ValueError(f"device {device!r} can't be used here: {str(e).splitlines()[0].split('. ')[0]}") from None


def check_fits(model: SequenceModel, source: Source) -> None:
    """Raise ValueError where a model and a source of episodes differ in image size, patches or classes."""
    c, spec = model.config, source.spec
    for what, have, need in (
        ("image size", spec.world.size, c.image_size),
        ("patches per side", spec.patches_per_side, c.patches_per_side),
        ("palette classes", spec.classes, c.classes),
    ):
        if have != need:
            raise ValueError(
                f"the model was made for {what} {need}, the data has {have}; choose data or a model that fits"
            )


@torch.inference_mode()
def predict(
    model: SequenceModel,
    source: Source,
    *,
    batch_size: int = 64,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """Palette classes of the predicted target images, uint8 (episode, y, x), in the source's order."""
    check_fits(model, source)
    where = pick_device(device)
    model = model.to(where).eval()
    size = source.spec.world.size
    images = np.empty((len(source), size, size), dtype=np.uint8)
    done = 0
    for steps, _ in DataLoader(EpisodeDataset(source), batch_size=batch_size):  # pyright: ignore[reportArgumentType]
        slots, _ = model(steps.to(where))
        images[done : done + len(steps)] = model.decode(slots[:, -1]).argmax(1).to("cpu", torch.uint8).numpy()
        done += len(steps)
        if progress:
            progress(done, len(source))
    return images

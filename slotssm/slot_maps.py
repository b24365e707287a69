"""Slot maps: the slot that every pixel of a predicted frame draws on most, over whole episodes (PAPER §5).

b batch · l steps · t frames · p patch side, pixels · y, x pixels
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor
from torch.utils.data import DataLoader

from generators.source import Source
from slotssm.data import EpisodeDataset
from slotssm.layers.shares import decode_with_shares
from slotssm.models import SequenceModel
from slotssm.predict import check_fits, pick_device


@torch.inference_mode()
def slot_count(model: SequenceModel) -> int:
    """How many slots the decoder reads. Raises ValueError unless there are two or more and it says what it draws on."""
    side = model.config.image_size // model.config.patches_per_side
    device = next(model.parameters()).device
    slots, _ = model.step(torch.zeros(1, side, side, dtype=torch.uint8, device=device), model.start(1))
    if slots.shape[1] < 2:
        raise ValueError("this model's decoder reads one slot, which draws every pixel; choose a model with slots")
    decode_with_shares(model, slots)
    return slots.shape[1]


@torch.inference_mode()
def draw_with_slots(
    model: SequenceModel, steps: UInt8[Tensor, "b l p p"]
) -> tuple[UInt8[Tensor, "b t y x"], UInt8[Tensor, "b t y x"]]:
    """After every context frame, the next frame as the model predicts it: its palette classes, and its slot map."""
    slots, _ = model(steps)
    ends = slots[:, model.config.patches_per_side**2 - 1 :: model.config.patches_per_side**2]
    images, maps = [], []
    for at_once in ends.unbind(1):  # a frame at a time: an image takes far more memory than its slots
        logits, shares = decode_with_shares(model, at_once)
        images.append(logits.argmax(dim=1).to(torch.uint8))
        maps.append(shares.argmax(dim=1).to(torch.uint8))
    return torch.stack(images, dim=1), torch.stack(maps, dim=1)


def slot_maps(
    model: SequenceModel,
    source: Source,
    *,
    batch_size: int = 64,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[np.ndarray]:
    """The slot maps of each episode of a source, in its order: uint8 (time, y, x), of frames 2 … T."""
    check_fits(model, source)
    where = pick_device(device)
    model = model.to(where).eval()
    done = 0
    for steps, _ in DataLoader(EpisodeDataset(source), batch_size=batch_size):  # pyright: ignore[reportArgumentType]
        _, maps = draw_with_slots(model, steps.to(where))
        yield from maps.cpu().numpy()
        done += len(steps)
        if progress:
            progress(done, len(source))

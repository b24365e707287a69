"""Rollouts: a model that reads the frames which it has itself predicted (PAPER §5, video prediction)."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from generators.source import Source
from slotssm.data import EpisodeDataset
from slotssm.models import SequenceModel
from slotssm.predict import check_fits, pick_device

Choose = Callable[[Float[Tensor, "b c y x"]], UInt8[Tensor, "b y x"]]


@torch.inference_mode()
def rollout(
    model: SequenceModel,
    source: Source,
    context_frames: int,
    *,
    sample: int | None = None,
    batch_size: int = 64,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> np.ndarray:
    """All frames after the context as a model predicts them: palette classes, uint8 (episode, time, y, x).

    The model reads the first `context_frames` frames of each episode, predicts the next one, reads that, and so on to
    the episode's last frame T. What it reads is, for every pixel, the class that it finds most likely; or with
    `sample`, a seed, one drawn from the probabilities that it gives, each pixel for itself. An episode's draws don't
    depend on the others.
    Raises ValueError where the model doesn't fit the source, or no frame is given or left to predict.
    """
    check_fits(model, source)
    spec = source.spec
    if not 1 <= context_frames <= spec.context_frames:
        raise ValueError(f"{context_frames} of {spec.context_frames + 1} frames can't be given; the last is predicted")
    where, ahead = pick_device(device), spec.context_frames + 1 - context_frames
    model = model.to(where).eval()
    dataset = EpisodeDataset(source, context_frames)
    frames = np.empty((len(source), ahead, spec.world.size, spec.world.size), dtype=np.uint8)
    for first in range(0, len(source), batch_size):
        episodes = range(first, min(first + batch_size, len(source)))
        steps = torch.stack([dataset[i][0] for i in episodes]).to(where)
        choose = likeliest if sample is None else drawn([np.random.default_rng((sample, i)) for i in episodes])
        frames[episodes.start : episodes.stop] = go_on(model, steps, ahead, choose).cpu().numpy()
        if progress:
            progress(episodes.stop, len(source))
    return frames


def go_on(
    model: SequenceModel, steps: UInt8[Tensor, "b l p p"], ahead: int, choose: Choose
) -> UInt8[Tensor, "b t y x"]:
    """The `ahead` frames after these steps; each is chosen from the logits, and read before the next."""
    slots, state = model(steps)
    last, frames = slots[:, -1], []
    while True:
        frames.append(choose(model.decode(last).float()))
        if len(frames) == ahead:
            return torch.stack(frames, 1)
        for step in cut(frames[-1], model.config.patches_per_side).unbind(1):
            last, state = model.step(step, state)


def likeliest(logits: Float[Tensor, "b c y x"]) -> UInt8[Tensor, "b y x"]:
    """Every pixel's most likely class."""
    return logits.argmax(1).to(torch.uint8)


def drawn(chances: list[np.random.Generator]) -> Choose:
    """A class for every pixel, drawn from its probabilities; each episode from a stream of its own."""

    def choose(logits: Float[Tensor, "b c y x"]) -> UInt8[Tensor, "b y x"]:
        at = np.stack([chance.random(logits.shape[2:], dtype=np.float32) for chance in chances])
        below = logits.softmax(1).cumsum(1)[:, :-1]
        return (torch.from_numpy(at).to(logits.device)[:, None] >= below).sum(1).to(torch.uint8)

    return choose


def cut(frames: UInt8[Tensor, "b y x"], patches_per_side: int) -> UInt8[Tensor, "b l p p"]:
    """Each frame's patches, row by row: what `slotssm.data.patchify` does, on the model's device."""
    p = patches_per_side
    rows = frames.unflatten(2, (p, -1)).unflatten(1, (p, -1))  # (b, p, y / p, p, x / p)
    return rows.transpose(2, 3).flatten(1, 2).contiguous()

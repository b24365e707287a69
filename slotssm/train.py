"""Training: one plain function with one readable loop.

Every step's data, lengths and decoding times depend on the seed and the step alone, and the resume
checkpoint holds the rest: a run that is killed anywhere and started again ends with the same weights.
`torchrun --nproc-per-node N -m bcb train …` shares every batch among N processes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from generators.source import Source
from slotssm.checkpoint import to_json
from slotssm.curriculum import context_at, decode_at
from slotssm.data import EpisodeDataset, ShuffledBatches, loader
from slotssm.keeper import Keeper
from slotssm.models import MODELS, SequenceModel
from slotssm.optim import adamw, lr_at
from slotssm.predict import check_fits, pick_device
from slotssm.ranks import join
from slotssm.recipe import TrainConfig
from slotssm.scan.backends import choose, use_backend


class Loss(nn.Module):
    """Per-pixel cross-entropy of a model's decodings at some times (PAPER §1). One forward, so that DDP can wrap it."""

    def __init__(self, model: SequenceModel):
        super().__init__()
        self.model = model

    def forward(
        self, steps: UInt8[Tensor, "b l p p"], targets: UInt8[Tensor, "b t y x"], times: Int[Tensor, "b n"]
    ) -> Float[Tensor, ""]:
        """`times`: context frames (0-based) after which each episode is decoded; targets for every frame."""
        slots, _ = self.model(steps)
        row = torch.arange(len(steps), device=steps.device)[:, None]
        per_frame = steps.shape[1] // targets.shape[1]
        logits = self.model.decode(slots[row, (times + 1) * per_frame - 1].flatten(0, 1))
        return F.cross_entropy(logits.float(), targets[row, times].flatten(0, 1).long())


def train(
    model_name: str,
    model_config: Any,
    config: TrainConfig,
    train_source: Source,
    val_source: Source,
    out: str | Path,
    *,
    data_info: dict | None = None,
    score: Callable[[np.ndarray], dict[str, float]] | None = None,
    init: SequenceModel | None = None,
    started: Callable[[int], None] | None = None,
    progress: Callable[[dict], None] | None = None,
) -> SequenceModel:
    """Train a model of the table into a run folder, going on where an earlier call with the same configuration stopped.

    data_info: what config.json says of the data.   score: metrics of the val split's class maps (episode, y, x).
    init: start from this model's weights.          progress: called with each record of metrics.jsonl.
    started: called with the number of steps already done, once everything is checked and the folder is there.
    Returns the model as it was last; the folder keeps the weights with the best validation loss.
    Raises ValueError or RunError, before anything is written, when the parts don't fit.
    """
    device = pick_device(config.device)
    choose(config.backend, device)
    ranks = rank, world, device = join(device, config.batch_size)

    torch.manual_seed(config.seed)
    model = MODELS[model_name].build(model_config).to(device)
    for source in (train_source, val_source):
        check_fits(model, source)
    if init is not None:
        model.load_state_dict(init.state_dict())
    for source in (train_source, val_source):
        if len(source) < 1:
            raise ValueError(f"there are no {source.split} episodes; generate some with --{source.split}")
    frames = train_source.spec.context_frames
    decay = config.steps // 4 if config.decay < 0 else config.decay
    ramp = config.steps // 2 if config.ramp < 0 else config.ramp
    bfloat16 = config.precision == "bfloat16" or (config.precision == "auto" and device.type == "cuda")
    optimizer = adamw(model, config.lr, config.weight_decay)
    loss_fn = DistributedDataParallel(Loss(model)) if world > 1 else Loss(model)

    info = {
        "format": "bcb-run",
        "model": {"name": model_name, "config": to_json(model_config)},
        "train": to_json(config),
        "data": data_info or {},
        "world_size": world,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
    keeper = Keeper(Path(out), info, config, model, optimizer, ranks, progress)
    if rank == 0 and started:
        started(keeper.first)

    first = keeper.first
    batches = ShuffledBatches(len(train_source), config.batch_size, config.seed, first, config.steps, rank, world)
    for step, (steps, targets) in enumerate(
        () if keeper.done else loader(EpisodeDataset(train_source), batches, config.workers), first
    ):
        model.train()
        n = context_at(step, frames, ramp, config.curriculum, config.seed)
        steps, targets = steps[:, : n * (steps.shape[1] // frames)].to(device), targets[:, :n].to(device)
        times = decode_at(step, n, config.decodes, config.batch_size, config.seed)[rank::world]
        times = torch.from_numpy(times).to(device)
        for group in optimizer.param_groups:
            group["lr"] = lr_at(step, config.lr, config.warmup, decay, config.steps)
        with use_backend(config.backend), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            loss = loss_fn(steps, targets, times)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

        if keeper.stepped(step, loss):
            with use_backend(config.backend):
                scores = validate(model, val_source, device, score)
            keeper.record(step, {"context_frames": n, "lr": optimizer.param_groups[0]["lr"]}, scores)
        if keeper.stops(step):
            break
    keeper.close()
    return model.eval()


def validate(model: SequenceModel, source: Source, device: torch.device, score: Callable | None) -> dict[str, float]:
    """Cross-entropy at the end of the full context, and the caller's metrics."""
    model.eval()
    losses, images = [], []
    with torch.inference_mode():
        for start in range(0, len(source), 64):
            items = [EpisodeDataset(source)[i] for i in range(start, min(start + 64, len(source)))]
            slots, _ = model(torch.stack([steps for steps, _ in items]).to(device))
            logits = model.decode(slots[:, -1]).float()
            target = torch.stack([targets[-1] for _, targets in items]).to(device).long()
            losses.append(F.cross_entropy(logits, target, reduction="none").mean((1, 2)))
            images.append(logits.argmax(1).to("cpu", torch.uint8))
    result = {"val_loss": torch.cat(losses).mean().item()}
    return result | (score(torch.cat(images).numpy()) if score else {})

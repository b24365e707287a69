"""Training on scenes: one plain function with one readable loop.

Every step's clips and frames depend on the seed and the step alone, and the resume checkpoint holds the rest: a run
that is killed anywhere and started again ends with the same weights. torchrun shares every batch among processes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import default_collate

from slotssm.checkpoint import to_json
from slotssm.data import loader
from slotssm.keeper import Keeper
from slotssm.optim import adamw, lr_at
from slotssm.predict import pick_device
from slotssm.ranks import join
from slotssm.scan.backends import choose, use_backend
from slotssm.scenes.data import ClipDataset, PlacedBatches, SceneSource, check_scenes
from slotssm.scenes.learner import Learner
from slotssm.scenes.models import SCENE_MODELS
from slotssm.scenes.recipe import SceneTrainConfig
from slotssm.scenes.runs import KIND, completed, start_from


def train_scenes(
    model_name: str,
    model_config: Any,
    config: SceneTrainConfig,
    train_source: SceneSource,
    val_source: SceneSource,
    out: str | Path,
    *,
    data_info: dict | None = None,
    score: Callable[[Learner, SceneSource], dict[str, float]] | None = None,
    init: Learner | None = None,
    started: Callable[[int], None] | None = None,
    progress: Callable[[dict], None] | None = None,
) -> Learner:
    """Train a model of SCENE_MODELS into a run folder, going on where an earlier call with the same settings stopped.

    data_info: what config.json says of the data.   score: metrics of the learner on the val split.
    init: start from these weights (`start_from`).   progress: called with each record of metrics.jsonl.
    started: called with the number of steps already done, once everything is checked and the folder is there.
    Returns the learner as it was last; the folder keeps the weights with the best validation loss.
    Raises ValueError or RunError, before anything is written, when the parts don't fit.
    """
    device = pick_device(config.device)
    choose(config.backend, device)
    ranks = rank, world, device = join(device, config.batch_size)

    torch.manual_seed(config.seed)
    learner = Learner(SCENE_MODELS[model_name].build(model_config), config.task).to(device)
    for source in (train_source, val_source):
        check_scenes(source, model_config, config)
    if init is not None:
        start_from(learner, init)
    decay = config.steps // 4 if config.decay < 0 else config.decay
    bfloat16 = config.precision == "bfloat16" or (config.precision == "auto" and device.type == "cuda")
    optimizer = adamw(learner, config.lr, config.weight_decay)
    unused = config.task == "snitch"  # the decoder
    loss_fn = DistributedDataParallel(learner, find_unused_parameters=unused) if world > 1 else learner

    info = {
        "format": "bcb-run",
        "kind": KIND,
        "model": {"name": model_name, "config": to_json(model_config)},
        "train": to_json(config),
        "data": data_info or {},
        "world_size": world,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
    keeper = Keeper(Path(out), info, config, learner, optimizer, ranks, progress, completed)
    if rank == 0 and started:
        started(keeper.first)

    first = keeper.first
    batches = PlacedBatches(len(train_source), config.batch_size, config.seed, first, config.steps, rank, world)
    data = () if keeper.done else loader(ClipDataset(train_source, config), batches, config.workers)
    for step, batch in enumerate(data, first):
        learner.train()
        batch = {name: x.to(device) for name, x in batch.items()}
        for group in optimizer.param_groups:
            group["lr"] = lr_at(step, config.lr, config.warmup, decay, config.steps)
        with use_backend(config.backend), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            loss = loss_fn(batch)
        loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), config.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

        if keeper.stepped(step, loss):
            with use_backend(config.backend):
                scores = validate(learner, ClipDataset(val_source, config), device)
                scores |= score(learner, val_source) if score else {}
            keeper.record(step, {"lr": optimizer.param_groups[0]["lr"]}, scores)
        if keeper.stops(step):
            break
    keeper.close()
    return learner.eval()


def validate(learner: Learner, data: ClipDataset, device: torch.device) -> dict[str, float]:
    """The loss on the frames that are tested on, the mean over clips.

    Of the snitch also `top1`, how often its cell is right, and `spread`, how far the answers to single clips are from
    their mean (total variation, 0 to 1): near 0 the model says the same whatever it sees.
    """
    learner.eval()
    losses, answers, cells = [], [], []
    with torch.inference_mode():
        for start in range(0, len(data), data.config.batch_size):
            items = [data[i, -1] for i in range(start, min(start + data.config.batch_size, len(data)))]
            batch = {name: x.to(device) for name, x in default_collate(items).items()}
            losses.append(learner(batch) * len(items))
            if learner.head is not None:
                answers.append(learner.cells(batch["video"]).float().softmax(-1))
                cells.append(batch["cell"])
    result = {"val_loss": (torch.stack(losses).sum() / len(data)).item()}
    if not answers:
        return result
    said = torch.cat(answers)
    right, apart = said.argmax(1) == torch.cat(cells), (said - said.mean(0)).abs().sum(1) / 2
    return result | {"top1": right.float().mean().item(), "spread": apart.mean().item()}

"""Training: one plain function with one readable loop.

Every step's data, lengths and decoding times depend on the seed and the step alone, and the resume
checkpoint holds the rest: a run that is killed anywhere and started again ends with the same weights.
`torchrun --nproc-per-node N -m bcb train …` shares every batch among N processes.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from generators.source import Source
from slotssm.checkpoint import load_resume, open_run, save_model, save_resume, to_json
from slotssm.curriculum import context_at, decode_at
from slotssm.data import EpisodeDataset, ShuffledBatches, loader
from slotssm.models import MODELS, SequenceModel
from slotssm.optim import adamw, lr_at
from slotssm.predict import check_fits, pick_device
from slotssm.recipe import TrainConfig
from slotssm.runlog import RunLog
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
    out, rank, world = Path(out), int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = pick_device(config.device)
    choose(config.backend, device)
    if config.batch_size % world:
        raise ValueError(f"batch size {config.batch_size} can't be shared among {world} processes")
    if world > 1:
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

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
    state = open_run(out, info) if rank == 0 else None
    if world > 1:
        dist.barrier()  # the folder is made by one and read by all
        state = state if rank == 0 else load_resume(out)
    first, best, stale, minutes, recent = 0, float("inf"), 0, 0.0, []
    if state is not None:
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first, best, stale, minutes = state["step"], state["best"], state["stale"], state["minutes"]
        recent = list(state["recent"])
    log = RunLog(out, first) if rank == 0 else None
    if log and started:
        started(first)

    batches = ShuffledBatches(len(train_source), config.batch_size, config.seed, first, config.steps, rank, world)
    began = saved = time.monotonic()
    done = first >= config.steps or (config.patience and stale >= config.patience)
    for step, (steps, targets) in enumerate(
        () if done else loader(EpisodeDataset(train_source), batches, config.workers), first
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
        recent.append(loss.detach())  # read only when written: a GPU need not wait

        now = time.monotonic()
        spent = minutes + (now - began) / 60
        last = step + 1 == config.steps
        if last or (step + 1) % config.validate_every == 0:
            record = {"step": step + 1, "minutes": round(spent, 3), "context_frames": n}
            record |= {"lr": optimizer.param_groups[0]["lr"], "train_loss": float(np.mean([float(x) for x in recent]))}
            with use_backend(config.backend):
                record |= validate(model, val_source, device, score)
            recent = []
            stale = 0 if record["val_loss"] < best else stale + 1
            if log:
                log.write(record)
                if record["val_loss"] < best:
                    save_model(out, model)
                if progress:
                    progress(record)
            best = min(best, record["val_loss"])
        stop = _agree(last or bool(config.patience and stale >= config.patience), device)
        timed_out = _agree(0 < config.max_minutes <= (now - began) / 60, device)
        if log and timed_out and best == float("inf"):
            save_model(out, model)  # better than none; the first validation replaces it
        if log and (stop or timed_out or now - saved > config.checkpoint_minutes * 60):
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step + 1}
            save_resume(
                out, state | {"recent": [float(x) for x in recent], "best": best, "stale": stale, "minutes": spent}
            )
            saved = now
        if stop or timed_out:
            break
    if log:
        log.close()
    if world > 1:
        dist.destroy_process_group()
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


def _agree(stop: bool, device: torch.device) -> bool:
    """Clocks and last digits differ between processes: rank 0's decision is everyone's."""
    if not dist.is_initialized():
        return stop
    flag = torch.tensor(int(stop), device=device)
    dist.broadcast(flag, 0)
    return bool(flag.item())

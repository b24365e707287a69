"""The processes that share a training: one, or as many as torchrun starts."""

import os
from typing import NamedTuple

import torch
import torch.distributed as dist


class Ranks(NamedTuple):
    """Which of how many processes this is, and the device that it has."""

    rank: int
    world: int
    device: torch.device


def join(device: torch.device, batch_size: int) -> Ranks:
    """Meet the other processes. Raises ValueError where they can't share a batch."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if batch_size % world:
        raise ValueError(f"batch size {batch_size} can't be shared among {world} processes")
    if world > 1:
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
            torch.cuda.set_device(device)
        if not dist.is_initialized():
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Ranks(rank, world, device)


def agree(stop: bool, device: torch.device) -> bool:
    """Clocks and last digits differ between processes: rank 0's decision is everyone's."""
    if not dist.is_initialized():
        return stop
    flag = torch.tensor(int(stop), device=device)
    dist.broadcast(flag, 0)
    return bool(flag.item())

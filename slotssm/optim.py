"""The optimiser: AdamW, warm-up, a plateau, cosine to zero."""

import math

import torch
from torch import nn

from slotssm.layers.grouped import GroupedLinear


def adamw(model: nn.Module, lr: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that decays matrices only: not biases, norms, embeddings, nor the SSM's A, D and Δ."""
    decay, rest = [], []
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            matrix = isinstance(module, nn.Linear | GroupedLinear) and name == "weight"
            (decay if matrix else rest).append(parameter)
    groups = [{"params": decay, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95), fused=True)  # one pass over each parameter


def lr_at(step: int, lr: float, warmup: int, decay: int, steps: int) -> float:
    """Linear warm-up over `warmup` steps, then `lr`, then a cosine to zero over the last `decay` steps."""
    if step < warmup:
        return lr * (step + 1) / warmup
    into = max(0.0, (step - (steps - decay)) / max(1, decay))
    return lr * 0.5 * (1 + math.cos(math.pi * min(1.0, into)))

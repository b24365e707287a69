"""The SSD scan (Mamba-2's core) of ours, in its two forms, and of others."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bcb.bench.scanning import s6
from bcb.bench.scanning.family import Contestant, Family, Inputs, Size
from slotssm.scan.chunked import ssd_scan_chunked
from slotssm.scan.reference_ssd import ssd_scan_reference
from slotssm.scan.ssd import ssd_scan

HEAD = 64  # channels of a head, Mamba-2's default
CHUNK = 64  # steps, for transformers; its own default of 256 is for longer sequences


def inputs(size: Size) -> Inputs:
    """Those of the selective scan, with one Δ and one decay a head: A = −1, −2, …"""
    heads = max(1, size.channels // HEAD)
    given = s6.inputs(size)
    spread = torch.linspace(0, size.channels - 1, heads).long()
    given |= {name: given[name].unflatten(2, (heads, -1)) for name in ("u", "z")}
    given |= {name: given[name][..., spread].contiguous() for name in ("delta", "D", "delta_bias")}
    given["A"] = -torch.arange(1, heads + 1, dtype=torch.float64)
    given["x"] = given.pop("u")
    return given


def ours(**given: Any) -> Tensor:
    return ssd_scan(**given, delta_softplus=True)[0]


def chunked(**given: Any) -> Tensor:
    return ssd_scan_chunked(**given, delta_softplus=True)[0]


def reference(**given: Any) -> Tensor:
    return ssd_scan_reference(**given, delta_softplus=True)[0]


def transformers(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor, delta_bias: Tensor
) -> Tensor:
    """The path without kernels of transformers' Mamba2Mixer: the chunked form."""
    from transformers.models.mamba2.modeling_mamba2 import mamba2_chunk_scan

    B, C = B[:, :, None], C[:, :, None]  # one group of heads
    return mamba2_chunk_scan(x, delta, A, B, C, CHUNK, D, dt_bias=delta_bias, dt_softplus=True) * F.silu(z)


SSD = Family(
    "SSD scan (Mamba-2)",
    inputs,
    reference,
    {
        "ours": Contestant(ours),
        "ours, chunked": Contestant(chunked),
        "transformers": Contestant(transformers, ("transformers",)),
        "torch loop": Contestant(reference),
    },
)

"""The SSD scan as matrix products over chunks of steps, in plain torch: what Dao and Gu call the dual form.

With s_ij = Σ_{j<k≤i} Δ_k A, the decay from step j to step i, a chunk that starts from the state h is

    y_i = e^{s_i,start} h C_i + Σ_{j≤i} (C_i·B_j) e^{s_ij} Δ_j x_j
    h   ← e^{s_end,start} h + Σ_j e^{s_end,j} Δ_j x_j ⊗ B_j

Source: arXiv 2405.21060, §6. Three things keep it exact: sums of Δ A are taken in float64, so that their differences
lose nothing however large they grow (a float32 sum of 10^4 is off by 10^-3, and e to that too); the part above the
diagonal, where e^{s_ij} could overflow, is masked before the exponential, not after; products are of float32 at least.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

CHUNK = 64  # steps; the work is that of the states plus CHUNK multiplications per channel and step


def ssd_scan_chunked(
    x: Float[Tensor, "b l h p"],
    delta: Float[Tensor, "b l h"],
    A: Float[Tensor, " h"],
    B: Float[Tensor, "b l n"],
    C: Float[Tensor, "b l n"],
    D: Float[Tensor, " h"] | None = None,
    z: Float[Tensor, "b l h p"] | None = None,
    delta_bias: Float[Tensor, " h"] | None = None,
    delta_softplus: bool = False,
    initial_state: Float[Tensor, "b h p n"] | None = None,
    chunk: int = CHUNK,
) -> tuple[Float[Tensor, "b l h p"], Float[Tensor, "b h p n"]]:
    """What `ssd_scan_reference` computes, for any length; differentiable any number of times. One float dtype."""
    batch, _, heads, p = x.shape
    if delta_bias is not None:
        delta = delta + delta_bias
    if delta_softplus:
        delta = F.softplus(delta)
    drive = (delta[..., None] * x).flatten(2)  # (b, l, h·p)
    log_decay = delta.double() * A.double()
    if initial_state is None:
        initial_state = x.new_zeros(batch, heads, p, B.shape[2])
    state = initial_state.flatten(1, 2).mT  # (b, n, h·p)
    outputs = []
    for part in zip(*(t.split(chunk, dim=1) for t in (drive, log_decay, B, C)), strict=True):
        out, state = _chunk(state, *part)
        outputs.append(out)
    y = torch.cat(outputs, dim=1).unflatten(2, (heads, p)) if outputs else torch.zeros_like(x)
    if D is not None:
        y = y + D[:, None] * x
    if z is not None:
        y = y * F.silu(z)
    return y, state.mT.unflatten(1, (heads, p)).contiguous()


def _chunk(
    state: Float[Tensor, "b n c"],
    drive: Float[Tensor, "b q c"],
    log_decay: Float[Tensor, "b q h"],
    B: Float[Tensor, "b q n"],
    C: Float[Tensor, "b q n"],
) -> tuple[Float[Tensor, "b q c"], Float[Tensor, "b n c"]]:
    """The outputs of a chunk and the state after it. c = heads · p; log_decay: Δ A, float64."""
    steps, heads = log_decay.shape[1:]
    by_head = (heads, drive.shape[2] // heads)
    total = log_decay.cumsum(1)  # from the chunk's start to the end of each step
    above = torch.ones(steps, steps, dtype=torch.bool, device=drive.device).triu(1)
    between = total.mT[..., :, None] - total.mT[..., None, :]  # (b, h, to, from)
    decay = torch.exp(between.to(drive.dtype).masked_fill(above, -torch.inf))

    inside = (C @ B.mT)[:, None] * decay @ drive.unflatten(2, by_head).transpose(1, 2)  # (b, h, q, p)
    from_start = torch.exp(total.to(drive.dtype))[..., None]
    y = inside.transpose(1, 2) + from_start * (C @ state).unflatten(2, by_head)

    to_end = torch.exp((total[:, -1:] - total).to(drive.dtype))[..., None]
    new = B.mT @ (to_end * drive.unflatten(2, by_head)).flatten(2)
    state = (from_start[:, -1:] * state.unflatten(2, by_head)).flatten(2) + new
    return y.flatten(2), state

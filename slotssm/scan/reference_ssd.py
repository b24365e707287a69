"""The SSD scan (the Mamba-2 core), written as the recurrence it is. Kept for ever as the reference of every fast path.

    Δ_t = softplus(delta_t + delta_bias)
    h_t = exp(Δ_t A) h_{t−1} + Δ_t x_t ⊗ B_t          (one decay per head, where S6 has one per channel and state)
    y_t = h_t C_t + D x_t,   times SiLU(z_t)

Source: PAPER §2; Dao and Gu, "Transformers are SSMs", arXiv 2405.21060, §2 and §7.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def ssd_scan_reference(
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
) -> tuple[Float[Tensor, "b l h p"], Float[Tensor, "b h p n"]]:
    """Outputs (batch, length, heads, p) and the last state (batch, heads, p, state). Any device, any float dtype."""
    batch, length, heads, p = x.shape
    if delta_bias is not None:
        delta = delta + delta_bias
    if delta_softplus:
        delta = F.softplus(delta)
    state = x.new_zeros(batch, heads, p, B.shape[2]) if initial_state is None else initial_state
    outputs = []
    for t in range(length):
        decay = torch.exp(delta[:, t] * A)[:, :, None, None]
        drive = (delta[:, t, :, None] * x[:, t])[..., None] * B[:, t, None, None, :]
        state = decay * state + drive
        outputs.append((state * C[:, t, None, None, :]).sum(-1))
    y = torch.stack(outputs, dim=1) if outputs else torch.zeros_like(x)
    if D is not None:
        y = y + D[:, None] * x
    if z is not None:
        y = y * F.silu(z)
    return y, state

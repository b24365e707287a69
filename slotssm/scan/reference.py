"""The selective scan (S6), written as the recurrence it is. Kept for ever as the reference of every fast path.

    Δ_t = softplus(delta_t + delta_bias)
    h_t = exp(Δ_t A) ∘ h_{t−1} + Δ_t B_t u_t          (A by zero-order hold, B by Euler, as Mamba does)
    y_t = C_t · h_t + D u_t,   times SiLU(z_t)

Source: PAPER §2; Gu and Dao, "Mamba", arXiv 2312.00752, Algorithm 2.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def selective_scan_reference(
    u: Float[Tensor, "b l c"],
    delta: Float[Tensor, "b l c"],
    A: Float[Tensor, "c n"],
    B: Float[Tensor, "b l n"],
    C: Float[Tensor, "b l n"],
    D: Float[Tensor, " c"] | None = None,
    z: Float[Tensor, "b l c"] | None = None,
    delta_bias: Float[Tensor, " c"] | None = None,
    delta_softplus: bool = False,
    initial_state: Float[Tensor, "b c n"] | None = None,
) -> tuple[Float[Tensor, "b l c"], Float[Tensor, "b c n"]]:
    """Outputs (batch, length, channels) and the last state (batch, channels, state). Any device, any float dtype."""
    batch, length, channels = u.shape
    if delta_bias is not None:
        delta = delta + delta_bias
    if delta_softplus:
        delta = F.softplus(delta)
    state = u.new_zeros(batch, channels, A.shape[1]) if initial_state is None else initial_state
    outputs = []
    for t in range(length):
        decay = torch.exp(delta[:, t, :, None] * A)
        drive = (delta[:, t] * u[:, t])[..., None] * B[:, t, None, :]
        state = decay * state + drive
        outputs.append((state * C[:, t, None, :]).sum(-1))
    y = torch.stack(outputs, dim=1) if outputs else torch.zeros_like(u)
    if D is not None:
        y = y + D * u
    if z is not None:
        y = y * F.silu(z)
    return y, state

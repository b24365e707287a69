"""The selective scan (S6) on a GPU: to the kernels, a scan whose heads are single channels with a decay per state."""

from torch import Tensor

from slotssm.scan.gpu import launch
from slotssm.scan.gpu.launch import kept_shape as kept_shape


def forward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, c), last state (b, c, n), kept states); all of one dtype, float32 or float64."""
    initial = None if initial_state is None else initial_state.mT
    y, last, kept = launch.forward(u, delta, A.mT, B, C, D, z, delta_bias, delta_softplus, initial, keep)
    return y, last.mT, kept


def backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of u, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    gu, gdelta, gA, gB, gC, gD, gz, gbias, ginitial = launch.backward(
        u, delta, A.mT, B, C, D, z, delta_bias, delta_softplus, kept, gy, glast.mT
    )
    gD, gz, gbias = (g if t is not None else None for t, g in ((D, gD), (z, gz), (delta_bias, gbias)))
    return gu, gdelta, gA.mT, gB, gC, gD, gz, gbias, ginitial.mT

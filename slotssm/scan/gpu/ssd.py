"""The SSD scan (the Mamba-2 core) on a GPU: heads of p channels, which share a step size and a decay.

Sequential in time as S6 is, with as many multiplications as the recurrence has. For large states the chunked form
(`slotssm/scan/chunked.py`) does more of them, but on tensor cores.
"""

from torch import Tensor

from slotssm.scan.gpu import launch


def forward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, h, p), last state (b, h, p, n), kept states); all of one dtype, float32 or float64."""
    x, z = x.flatten(2), None if z is None else z.flatten(2)
    initial = None if initial_state is None else initial_state.flatten(1, 2).mT
    y, last, kept = launch.forward(x, delta, A[None], B, C, D, z, delta_bias, delta_softplus, initial, keep)
    heads = (len(A), -1)
    return y.unflatten(2, heads), last.mT.unflatten(1, heads), kept


def backward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of x, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    gate = None if z is None else z.flatten(2)
    gx, gdelta, gA, gB, gC, gD, gz, gbias, ginitial = launch.backward(
        x.flatten(2), delta, A[None], B, C, D, gate, delta_bias, delta_softplus, kept,
        gy.flatten(2), glast.flatten(1, 2).mT,
    )  # fmt: skip
    heads = (len(A), -1)
    return (
        gx.unflatten(2, heads),
        gdelta.unflatten(2, heads).sum(3),
        gA[0].unflatten(0, heads).sum(1),
        gB,
        gC,
        None if D is None else gD.unflatten(0, heads).sum(1),
        None if z is None else gz.unflatten(2, heads),
        None if delta_bias is None else gbias.unflatten(0, heads).sum(1),
        ginitial.mT.unflatten(1, heads),
    )


def kept_shape(batch, length, heads, p, n_state):
    """Of the states that forward keeps; the sizes may be symbols."""
    return launch.kept_shape(batch, length, heads * p, n_state)

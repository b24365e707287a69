"""How the kernels are started: shapes, grids, and what is summed afterwards. Shared by `selective.py` and `ssd.py`.

Here both scans have the kernels' form: u, z: (b, l, c); delta: (b, l, heads); A: (n or 1, heads), its rows the states;
D, bias: (heads,); B, C: (b, l, n); states: (b, n, c). S6 has as many heads as channels.

The numbers below come from reading the compiled code (registers, instructions per step): not yet measured on a GPU.
"""

# pyright takes a starred tuple for any number of arguments
# pyright: reportCallIssue=false

import torch
from torch import Tensor

EVERY = 16  # steps between kept states: the states of so many steps, of all programs at work, fit an H100's L2 cache
BLOCK = 32  # channels of a program
PER_WARP = 16  # states that a warp takes of each channel: 16 numbers a thread, and registers left for the rest
GROUPS = 1024  # at most, of sequences that share sums and scratch: enough to fill a GPU, and memory stays bounded


def forward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    bias: Tensor | None, softplus: bool, initial: Tensor | None, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, c), last state (b, n, c), the states before every EVERY-th step: none if not `keep`)."""
    from slotssm.scan.gpu.kernels import scan_forward

    batch, length, channels = u.shape
    n = B.shape[2]
    y, last = u.new_empty(batch, length, channels), u.new_empty(batch, n, channels)
    kept = u.new_empty(kept_shape(batch, length, channels, n) if keep else (0, 0, 0, 0))
    inputs, numbers, constants = _inputs(u, delta, A, B, C, D, z, bias, softplus)
    initial = None if initial is None else initial.contiguous()
    with torch.cuda.device_of(u):
        scan_forward[batch, -(-channels // BLOCK)](
            *inputs, initial, y, last, kept if keep else None, length, *numbers, **constants
        )
    return y, last, kept


def backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    bias: Tensor | None, softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor, ...]:  # fmt: skip
    """Gradients of u, delta, A, B, C, D, z, bias and the initial state, in the shapes above; all channels still apart:
    those of delta (b, l, c), of A (n or 1, c), of D and bias (c,). Those of D, z and bias mean nothing without one."""
    from slotssm.scan.gpu.kernels import scan_backward

    batch, length, channels = u.shape
    n, blocks = B.shape[2], -(-channels // BLOCK)
    groups = -(-batch // -(-batch // GROUPS))  # all of them of one size, or one less
    inputs, numbers, constants = _inputs(u, delta, A, B, C, D, z, bias, softplus)
    gu, gdelta = (u.new_empty(u.shape) for _ in range(2))
    gz = u.new_empty(u.shape if z is not None else 0)
    gA = u.new_empty(groups, constants["ROWS"], channels)
    gD, gbias = (u.new_empty(groups, channels) for _ in range(2))
    gB, gC = (u.new_empty(blocks, batch, length, n) for _ in range(2))
    ginitial = u.new_empty(batch, n, channels)
    scratch = u.new_empty(groups, blocks, EVERY, constants["N"], BLOCK)
    with torch.cuda.device_of(u):
        scan_backward[groups, blocks](
            *inputs, kept, gy.contiguous(), glast.contiguous(), scratch,
            gu, gdelta, gA, gB, gC, gD, gz, gbias, ginitial, batch, length, *numbers, **constants,
        )  # fmt: skip
    return gu, gdelta, gA[:, : len(A)].sum(0), gB.sum(0), gC.sum(0), gD.sum(0), gz, gbias.sum(0), ginitial


def kept_shape(batch, length, channels, n_state):
    """Of the states that forward keeps; the sizes may be symbols."""
    return batch, -(-length // EVERY), n_state, channels


def _inputs(u, delta, A, B, C, D, z, bias, softplus) -> tuple[tuple, tuple, dict]:
    """What both kernels begin with: the tensors, the sizes and strides, the compile-time constants."""
    channels, n = u.shape[2], B.shape[2]
    u, delta, B, C = (_rows(t) for t in (u, delta, B, C))
    z = None if z is None else _rows(z)
    D, bias = (None if t is None else t.contiguous() for t in (D, bias))
    strides = (s for t in (u, delta, B, C, u if z is None else z) for s in t.stride()[:2])
    whole = 1 << (n - 1).bit_length()
    constants = {
        "SOFTPLUS": softplus,
        "ROWS": whole if A.shape[0] == n else 1,
        "N": whole,
        "BLOCK": BLOCK,
        "EVERY": EVERY,
        "num_warps": min(max(whole // PER_WARP, 1), 16),
    }
    return (u, delta, A.contiguous(), B, C, D, z, bias), (channels, n, channels // A.shape[1], *strides), constants


def _rows(t: Tensor) -> Tensor:
    """A tensor whose last axis is contiguous; most are already."""
    return t if t.stride(-1) == 1 else t.contiguous()

"""The selective scan (S6) on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = exp(Δ_t A) ∘ h_{t−1} + Δ_t u_t B_t,    y_t = (C_t · h_t + D u_t) · SiLU(z_t)

Sequential in time, 16 channels at once, parallel over the batch. A chunk of EVERY steps is done for 16 channels, then
for the next 16: what is at work fits a core's cache. Forward keeps the state before every chunk; back recomputes what
lies between.

b batch · l steps · c channels · n state
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

import numpy as np
import torch
import torch.nn.functional as F
from numba import njit
from torch import Tensor

from slotssm.scan.cpu.simd import LANES, exp2, fma, load, splat, splat_like, store, total
from slotssm.scan.cpu.threads import groups, over
from slotssm.scan.cpu.vectormath import LOG2E, sigmoid, softplus
from slotssm.scan.selective_op import EVERY


@njit(cache=True, nogil=True)
def _forward(
    first, last, cuts, length, channels, n_state, strides,
    u, delta, A, B, C, D, z, bias, has_z, has_softplus, state, y, kept,
):  # pragma: no cover (compiled)  # fmt: skip
    """Groups first…last. All arrays flat; A: (n, c), times log2 e; state: (b, n, c), initial in, last out."""
    size = n_state * channels
    chunks = (length + EVERY - 1) // EVERY
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    for b in range(cuts[first], cuts[last]):
        h = state[b * size : (b + 1) * size]
        for chunk in range(chunks):
            kept[(b * chunks + chunk) * size : (b * chunks + chunk + 1) * size] = h
            for c in range(0, channels, LANES):
                for t in range(chunk * EVERY, min(length, (chunk + 1) * EVERY)):
                    ut = load(u, b * u_b + t * u_t + c)
                    d = load(delta, b * d_b + t * d_t + c) + load(bias, c)
                    if has_softplus:
                        d = softplus(d)
                    drive = d * ut
                    out = load(D, c) * ut
                    at_B, at_C = b * B_b + t * B_t, b * C_b + t * C_t
                    for n in range(n_state):
                        at = n * channels + c
                        hn = fma(exp2(d * load(A, at)), load(h, at), drive * splat(B[at_B + n]))
                        store(h, at, hn)
                        out = fma(hn, splat(C[at_C + n]), out)
                    if has_z:
                        zt = load(z, b * z_b + t * z_t + c)
                        out = out * (zt * sigmoid(zt))
                    store(y, (b * length + t) * channels + c, out)


@njit(cache=True, nogil=True)
def _backward(
    first, last, cuts, length, channels, n_state, strides,
    u, delta, A, B, C, D, z, bias, has_z, has_softplus, kept, gy,
    gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias,
):  # pragma: no cover (compiled)  # fmt: skip
    """gstate: (b, n, c), the gradient of the last state in, of the initial state out; gA: (groups, n, c)."""
    size = n_state * channels
    chunks = (length + EVERY - 1) // EVERY
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    row = n_state * LANES
    before = np.empty(size, u.dtype)
    decays = np.empty(EVERY * row, u.dtype)
    carried = np.empty(EVERY * row, u.dtype)  # exp(Δ_t A) ∘ h_{t−1}
    sums_B = np.empty(EVERY * row, u.dtype)
    sums_C = np.empty(EVERY * row, u.dtype)
    steps = np.empty(EVERY * LANES, u.dtype)  # Δ_t
    plain = np.empty(EVERY * LANES, u.dtype)  # y before the gate
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for chunk in range(chunks - 1, -1, -1):
                start, stop = chunk * EVERY, min(length, (chunk + 1) * EVERY)
                sums_B[:] = 0
                sums_C[:] = 0
                before[:] = kept[(b * chunks + chunk) * size : (b * chunks + chunk + 1) * size]
                for c in range(0, channels, LANES):
                    for t in range(start, stop):
                        ut = load(u, b * u_b + t * u_t + c)
                        d = load(delta, b * d_b + t * d_t + c) + load(bias, c)
                        if has_softplus:
                            d = softplus(d)
                        store(steps, (t - start) * LANES, d)
                        drive = d * ut
                        out = load(D, c) * ut
                        for n in range(n_state):
                            at, slot = n * channels + c, (t - start) * row + n * LANES
                            decay = exp2(d * load(A, at))
                            moved = decay * load(before, at)
                            store(decays, slot, decay)
                            store(carried, slot, moved)
                            hn = fma(drive, splat(B[b * B_b + t * B_t + n]), moved)
                            store(before, at, hn)
                            out = fma(hn, splat(C[b * C_b + t * C_t + n]), out)
                        store(plain, (t - start) * LANES, out)
                    for t in range(stop - 1, start - 1, -1):
                        at_y = (b * length + t) * channels + c
                        ut = load(u, b * u_b + t * u_t + c)
                        d = load(steps, (t - start) * LANES)
                        g = load(gy, at_y)
                        if has_z:
                            zt = load(z, b * z_b + t * z_t + c)
                            s = sigmoid(zt)
                            slope = fma(zt * s, splat_like(s, 1.0) - s, s)
                            store(gz, at_y, g * slope * load(plain, (t - start) * LANES))
                            g = g * (zt * s)
                        drive = d * ut
                        g_drive = splat_like(d, 0.0)
                        g_d = splat_like(d, 0.0)
                        for n in range(n_state):
                            at, slot = n * channels + c, (t - start) * row + n * LANES
                            Bn = splat(B[b * B_b + t * B_t + n])
                            moved = load(carried, slot)
                            at_h = b * size + at
                            store(sums_C, slot, fma(g, fma(drive, Bn, moved), load(sums_C, slot)))
                            value = fma(g, splat(C[b * C_b + t * C_t + n]), load(gstate, at_h))
                            store(sums_B, slot, fma(value, drive, load(sums_B, slot)))
                            g_drive = fma(value, Bn, g_drive)
                            through = value * moved
                            g_d = fma(through, load(A, at), g_d)
                            store(gA, group * size + at, fma(through, d, load(gA, group * size + at)))
                            store(gstate, at_h, value * load(decays, slot))
                        at_D = group * channels + c
                        store(gD, at_D, fma(g, ut, load(gD, at_D)))
                        store(gu, at_y, fma(g, load(D, c), g_drive * d))
                        g_d = fma(g_drive, ut, g_d * splat_like(d, 1.0 / LOG2E))
                        if has_softplus:
                            g_d = g_d * sigmoid(load(delta, b * d_b + t * d_t + c) + load(bias, c))
                        store(gdelta, at_y, g_d)
                        store(gbias, at_D, load(gbias, at_D) + g_d)
                for t in range(stop - start):
                    for n in range(n_state):
                        at = (b * length + start + t) * n_state + n
                        gB[at] = total(load(sums_B, t * row + n * LANES))
                        gC[at] = total(load(sums_C, t * row + n * LANES))


def forward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, c), last state (b, c, n), kept states (b, ⌈l/EVERY⌉, n, c)); all of one dtype, float32 or float64."""
    batch, length, channels = u.shape
    n, width = A.shape[1], _whole(channels)
    state = u.new_zeros(batch, n, width)
    if initial_state is not None:
        state[..., :channels] = initial_state.mT
    y = u.new_empty(batch, length, width)
    kept = u.new_empty(batch, -(-length // EVERY), n, width)
    inputs = _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus)
    over(_forward, groups(batch), batch * length * width * n, *inputs, _flat(state), _flat(y), _flat(kept))
    return _cut(y, channels), _cut(state, channels).mT.contiguous(), _cut(kept, channels)


def backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of u, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    batch, length, channels = u.shape
    n, width = A.shape[1], _whole(channels)
    cuts = groups(batch)
    gstate = _pad(glast.mT, width).clone(memory_format=torch.contiguous_format)
    gu, gdelta, gz = (u.new_empty(batch, length, width if x is not None else 0) for x in (u, delta, z))
    gB, gC = u.new_empty(B.shape), u.new_empty(C.shape)
    gA = u.new_zeros(len(cuts) - 1, n, width)
    gD, gbias = (u.new_zeros(len(cuts) - 1, width) for _ in range(2))
    inputs = _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus)
    saved = (_flat(_pad(x, width).contiguous()) for x in (kept, gy))
    outputs = (_flat(x) for x in (gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias))
    over(_backward, cuts, 3 * batch * length * width * n, *inputs, *saved, *outputs)
    gu, gdelta, gz, gstate, gA, gD, gbias = (_cut(x, channels) for x in (gu, gdelta, gz, gstate, gA, gD, gbias))
    return (
        gu,
        gdelta,
        gA.sum(0).mT.contiguous(),
        gB,
        gC,
        None if D is None else gD.sum(0),
        None if z is None else gz,
        None if delta_bias is None else gbias.sum(0),
        gstate.mT.contiguous(),
    )


def _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus) -> tuple:
    """What both kernels begin with: sizes, strides, and the inputs as flat arrays, channels in whole vectors."""
    width = _whole(u.shape[2])
    gate = u if z is None else z
    u, delta, gate = (_rows(_pad(x, width)) for x in (u, delta, gate))
    B, C = _rows(B), _rows(C)
    strides = tuple(s for x in (u, delta, B, C, gate) for s in x.stride()[:2])
    none = u.new_zeros(width)
    D, bias = (none if x is None else _pad(x, width).contiguous() for x in (D, delta_bias))
    A = _pad(A.mT, width).contiguous() * LOG2E
    arrays = (_flat(x) for x in (u, delta, A, B, C, D, gate, bias))
    return u.shape[1], width, A.shape[0], strides, *arrays, z is not None, delta_softplus


def _whole(channels: int) -> int:
    return -(-channels // LANES) * LANES


def _pad(x: Tensor, width: int) -> Tensor:
    return x if x.shape[-1] == width else F.pad(x, (0, width - x.shape[-1]))


def _cut(x: Tensor, channels: int) -> Tensor:
    return x if x.shape[-1] in (0, channels) else x[..., :channels].contiguous()


def _rows(x: Tensor) -> Tensor:
    return x if x.stride(-1) == 1 else x.contiguous()


def _flat(x: Tensor) -> np.ndarray:
    """All that a tensor's strides reach, as one flat array, without a copy."""
    extent = 1 + sum((size - 1) * stride for size, stride in zip(x.shape, x.stride(), strict=True)) if x.numel() else 0
    return x.detach().as_strided((extent,), (1,)).numpy()

"""The selective scan (S6) on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = exp(Δ_t A) ∘ h_{t−1} + Δ_t u_t B_t,    y_t = (C_t · h_t + D u_t) · SiLU(z_t)

Sequential in time, a block of LANES channels at once, parallel over the batch. A chunk of a few dozen steps is done
for one block, then for the next: what is at work fits a core's cache. Forward keeps the state before every chunk;
back recomputes what lies between. States lie in blocks: (c / LANES, n, LANES).

b batch · l steps · c channels · n state
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

import numpy as np
from numba import njit
from torch import Tensor

from slotssm.scan.cpu.blocks import Size, cut, flat, from_blocks, pad, rows, to_blocks, whole
from slotssm.scan.cpu.simd import LANES, exp2, fma, load, load_splat, splat_like, store, total
from slotssm.scan.cpu.threads import groups, over
from slotssm.scan.cpu.vectormath import LOG2E, sigmoid, softplus


@njit(cache=True, nogil=True)
def _forward(
    first, last, cuts, length, channels, n_state, every, strides,
    u, delta, A, B, C, D, z, bias, has_z, has_softplus, state, y, kept,
):  # pragma: no cover (compiled)  # fmt: skip
    """Groups first…last. All arrays flat; A in blocks, times log2 e; state: of every b, initial in, last out."""
    size = n_state * channels
    chunks = (length + every - 1) // every
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    for b in range(cuts[first], cuts[last]):
        h = state[b * size : (b + 1) * size]
        for chunk in range(chunks):
            kept[(b * chunks + chunk) * size : (b * chunks + chunk + 1) * size] = h
            for c in range(0, channels, LANES):
                for t in range(chunk * every, min(length, (chunk + 1) * every)):
                    ut = load(u, b * u_b + t * u_t + c)
                    d = load(delta, b * d_b + t * d_t + c) + load(bias, c)
                    if has_softplus:
                        d = softplus(d)
                    drive = d * ut
                    out = load(D, c) * ut
                    at_B, at_C = b * B_b + t * B_t, b * C_b + t * C_t
                    for n in range(n_state):
                        at = c * n_state + n * LANES
                        hn = fma(exp2(d * load(A, at)), load(h, at), drive * load_splat(B, at_B + n))
                        store(h, at, hn)
                        out = fma(hn, load_splat(C, at_C + n), out)
                    if has_z:
                        zt = load(z, b * z_b + t * z_t + c)
                        out = out * (zt * sigmoid(zt))
                    store(y, (b * length + t) * channels + c, out)


@njit(cache=True, nogil=True)
def _backward(
    first, last, cuts, length, channels, n_state, every, strides,
    u, delta, A, B, C, D, z, bias, has_z, has_softplus, kept, gy,
    gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias,
):  # pragma: no cover (compiled)  # fmt: skip
    """gstate: the gradient of the last state in, of the initial state out; gA, gD, gbias: of every group."""
    size = n_state * channels
    chunks = (length + every - 1) // every
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    row = n_state * LANES
    before = np.empty(size, u.dtype)
    decays = np.empty(every * row, u.dtype)
    carried = np.empty(every * row, u.dtype)  # exp(Δ_t A) ∘ h_{t−1}
    sums_B = np.empty(every * row, u.dtype)
    sums_C = np.empty(every * row, u.dtype)
    steps = np.empty(every * LANES, u.dtype)  # Δ_t
    plain = np.empty(every * LANES, u.dtype)  # y before the gate
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for chunk in range(chunks - 1, -1, -1):
                start, stop = chunk * every, min(length, (chunk + 1) * every)
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
                            at, slot = c * n_state + n * LANES, (t - start) * row + n * LANES
                            decay = exp2(d * load(A, at))
                            moved = decay * load(before, at)
                            store(decays, slot, decay)
                            store(carried, slot, moved)
                            hn = fma(drive, load_splat(B, b * B_b + t * B_t + n), moved)
                            store(before, at, hn)
                            out = fma(hn, load_splat(C, b * C_b + t * C_t + n), out)
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
                            at, slot = c * n_state + n * LANES, (t - start) * row + n * LANES
                            Bn = load_splat(B, b * B_b + t * B_t + n)
                            moved = load(carried, slot)
                            at_h = b * size + at
                            store(sums_C, slot, fma(g, fma(drive, Bn, moved), load(sums_C, slot)))
                            value = fma(g, load_splat(C, b * C_b + t * C_t + n), load(gstate, at_h))
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
    """(y (b, l, c), last state (b, c, n), kept states); all of one dtype, float32 or float64."""
    batch, length, channels = u.shape
    n, width = A.shape[1], whole(channels)
    state = u.new_zeros(batch, width * n) if initial_state is None else to_blocks(initial_state)
    y = u.new_empty(batch, length, width)
    kept = u.new_empty(kept_shape(batch, length, channels, n))
    inputs = _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus)
    over(_forward, groups(batch), batch * length * width * n, *inputs, flat(state), flat(y), flat(kept))
    return cut(y, channels), from_blocks(state, channels, n), kept


def backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of u, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    batch, length, channels = u.shape
    n, width = A.shape[1], whole(channels)
    cuts = groups(batch)
    gstate = to_blocks(glast)
    gu, gdelta, gz = (u.new_empty(batch, length, width if x is not None else 0) for x in (u, delta, z))
    gB, gC = u.new_empty(B.shape), u.new_empty(C.shape)
    gA, gD, gbias = (u.new_zeros(len(cuts) - 1, width * size) for size in (n, 1, 1))
    inputs = _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus)
    gy = pad(gy, width).contiguous()
    outputs = (flat(x) for x in (gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias))
    over(_backward, cuts, 3 * batch * length * width * n, *inputs, flat(kept), flat(gy), *outputs)
    gA = from_blocks(gA.sum(0, keepdim=True), channels, n)[0]
    gD, gbias = (None if x is None else g.sum(0)[:channels].clone() for x, g in ((D, gD), (delta_bias, gbias)))
    gz = None if z is None else cut(gz, channels)
    return cut(gu, channels), cut(gdelta, channels), gA, gB, gC, gD, gz, gbias, from_blocks(gstate, channels, n)


def _inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus) -> tuple:
    """What both kernels begin with: sizes, strides, and the inputs as flat arrays, channels in whole vectors."""
    width, n = whole(u.shape[2]), A.shape[1]
    gate = u if z is None else z
    u, delta, gate = (rows(pad(x, width)) for x in (u, delta, gate))
    B, C = rows(B), rows(C)
    strides = tuple(s for x in (u, delta, B, C, gate) for s in x.stride()[:2])
    none = u.new_zeros(width)
    D, bias = (none if x is None else pad(x, width).contiguous() for x in (D, delta_bias))
    A = to_blocks(A[None]) * LOG2E
    arrays = (flat(x) for x in (u, delta, A, B, C, D, gate, bias))
    return u.shape[1], width, n, every(n), strides, *arrays, z is not None, delta_softplus


def kept_shape(batch: Size, length: Size, channels: Size, n_state: Size) -> tuple[Size, Size, Size]:
    """Of the states that forward keeps: before every chunk of every sequence, in blocks."""
    return batch, -(-length // every(n_state)), whole(channels) * n_state


def every(n_state: Size) -> Size:
    """Steps of a chunk: what backward recomputes of it must fit a cache."""
    return max(8, min(64, 1024 // n_state))

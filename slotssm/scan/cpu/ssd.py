"""The SSD scan (Mamba-2 core) on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = a_t h_{t−1} + Δ_t x_t ⊗ B_t,    y_t = (h_t C_t + D x_t) · SiLU(z_t),    a_t = exp(Δ_t A)

Sequential in time, parallel over the batch. A decay serves a whole head, so the states of a head never meet before y:
a vector of channels is taken through a chunk of EVERY steps for TILE states at a time, which stay in registers.
Forward keeps the state before every chunk; back recomputes what lies between. Δ and a, one number a head and step, are
torch's.

b batch · l steps · h heads · p channels of a head · c = h·p · n state
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

import numpy as np
import torch
import torch.nn.functional as F
from numba import njit
from torch import Tensor

from slotssm.scan.cpu.arrays import flat, pad, rows, whole
from slotssm.scan.cpu.simd import LANES, fma, load, load_splat, splat_like, store, total
from slotssm.scan.cpu.threads import groups, over
from slotssm.scan.cpu.vectormath import sigmoid
from slotssm.scan.ssd_op import EVERY

TILE = 4  # states at a time; the kernels spell them out


@njit(cache=True, nogil=True)
def _forward(
    first, last, cuts, length, heads, channels, n_state, strides,
    x, delta, decay, B, C, D, z, has_z, state, y, kept,
):  # pragma: no cover (compiled)  # fmt: skip
    """Groups first…last. All arrays flat; delta, decay: (b, l, h); state: (b, n, c), initial in, last out."""
    size = n_state * channels
    p = channels // heads
    chunks = (length + EVERY - 1) // EVERY
    x_b, x_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    out = np.empty(EVERY * LANES, x.dtype)
    for b in range(cuts[first], cuts[last]):
        h = state[b * size : (b + 1) * size]
        for chunk in range(chunks):
            start, stop = chunk * EVERY, min(length, (chunk + 1) * EVERY)
            kept[(b * chunks + chunk) * size : (b * chunks + chunk + 1) * size] = h
            for c in range(0, channels, LANES):
                head = c // p
                for t in range(start, stop):
                    store(out, (t - start) * LANES, load_splat(D, head) * load(x, b * x_b + t * x_t + c))
                for n in range(0, n_state, TILE):
                    at = n * channels + c
                    h0, h1 = load(h, at), load(h, at + channels)
                    h2, h3 = load(h, at + 2 * channels), load(h, at + 3 * channels)
                    for t in range(start, stop):
                        at_d, at_B, at_C = (b * length + t) * heads + head, b * B_b + t * B_t + n, b * C_b + t * C_t + n
                        a = load_splat(decay, at_d)
                        drive = load_splat(delta, at_d) * load(x, b * x_b + t * x_t + c)
                        h0 = fma(a, h0, drive * load_splat(B, at_B))
                        h1 = fma(a, h1, drive * load_splat(B, at_B + 1))
                        h2 = fma(a, h2, drive * load_splat(B, at_B + 2))
                        h3 = fma(a, h3, drive * load_splat(B, at_B + 3))
                        yt = fma(h0, load_splat(C, at_C), load(out, (t - start) * LANES))
                        yt = fma(h1, load_splat(C, at_C + 1), yt)
                        yt = fma(h2, load_splat(C, at_C + 2), yt)
                        yt = fma(h3, load_splat(C, at_C + 3), yt)
                        store(out, (t - start) * LANES, yt)
                    store(h, at, h0)
                    store(h, at + channels, h1)
                    store(h, at + 2 * channels, h2)
                    store(h, at + 3 * channels, h3)
                for t in range(start, stop):
                    yt = load(out, (t - start) * LANES)
                    if has_z:
                        zt = load(z, b * z_b + t * z_t + c)
                        yt = yt * (zt * sigmoid(zt))
                    store(y, (b * length + t) * channels + c, yt)


@njit(cache=True, nogil=True)
def _backward(
    first, last, cuts, length, heads, channels, n_state, strides,
    x, delta, decay, B, C, D, z, has_z, kept, gy,
    gstate, gx, gdelta, gdecay, gz, gB, gC, gD,
):  # pragma: no cover (compiled)  # fmt: skip
    """gstate: (b, n, c), the gradient of the last state in, of the initial state out; gD: (groups, c)."""
    size = n_state * channels
    p = channels // heads
    chunks = (length + EVERY - 1) // EVERY
    x_b, x_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    row = TILE * LANES
    states = np.empty((EVERY + 1) * row, x.dtype)  # before every step, and after the last
    sums_B = np.empty(EVERY * row, x.dtype)
    sums_C = np.empty(EVERY * row, x.dtype)
    gated = np.empty(EVERY * channels, x.dtype)  # gy, through the gate
    plain = np.empty(EVERY * channels, x.dtype)  # y before the gate
    g_drives = np.empty(EVERY * channels, x.dtype)
    g_decays = np.empty(EVERY * channels, x.dtype)
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for chunk in range(chunks - 1, -1, -1):
                start, stop = chunk * EVERY, min(length, (chunk + 1) * EVERY)
                before = kept[(b * chunks + chunk) * size : (b * chunks + chunk + 1) * size]
                gh = gstate[b * size : (b + 1) * size]
                g_drives[:] = 0
                g_decays[:] = 0
                for t in range(start, stop):
                    for c in range(0, channels, LANES):
                        at = (t - start) * channels + c
                        g = load(gy, (b * length + t) * channels + c)
                        if has_z:
                            zt = load(z, b * z_b + t * z_t + c)
                            g = g * (zt * sigmoid(zt))
                        store(gated, at, g)
                        store(plain, at, load_splat(D, c // p) * load(x, b * x_b + t * x_t + c))
                for n in range(0, n_state, TILE):
                    sums_B[:] = 0
                    sums_C[:] = 0
                    for c in range(0, channels, LANES):
                        head, at = c // p, n * channels + c
                        h0, h1 = load(before, at), load(before, at + channels)
                        h2, h3 = load(before, at + 2 * channels), load(before, at + 3 * channels)
                        for t in range(start, stop):
                            slot, at_y = (t - start) * row, (t - start) * channels + c
                            at_d, at_B, at_C = (b * length + t) * heads + head, b * B_b + t * B_t + n, b * C_b + t * C_t + n
                            store(states, slot, h0)
                            store(states, slot + LANES, h1)
                            store(states, slot + 2 * LANES, h2)
                            store(states, slot + 3 * LANES, h3)
                            a = load_splat(decay, at_d)
                            drive = load_splat(delta, at_d) * load(x, b * x_b + t * x_t + c)
                            h0 = fma(a, h0, drive * load_splat(B, at_B))
                            h1 = fma(a, h1, drive * load_splat(B, at_B + 1))
                            h2 = fma(a, h2, drive * load_splat(B, at_B + 2))
                            h3 = fma(a, h3, drive * load_splat(B, at_B + 3))
                            if has_z:
                                yt = fma(h0, load_splat(C, at_C), load(plain, at_y))
                                yt = fma(h1, load_splat(C, at_C + 1), yt)
                                yt = fma(h2, load_splat(C, at_C + 2), yt)
                                yt = fma(h3, load_splat(C, at_C + 3), yt)
                                store(plain, at_y, yt)
                        g0, g1 = load(gh, at), load(gh, at + channels)
                        g2, g3 = load(gh, at + 2 * channels), load(gh, at + 3 * channels)
                        for t in range(stop - 1, start - 1, -1):
                            slot, at_y = (t - start) * row, (t - start) * channels + c
                            at_d, at_B, at_C = (b * length + t) * heads + head, b * B_b + t * B_t + n, b * C_b + t * C_t + n
                            a = load_splat(decay, at_d)
                            drive = load_splat(delta, at_d) * load(x, b * x_b + t * x_t + c)
                            g = load(gated, at_y)
                            g_drive, g_decay = load(g_drives, at_y), load(g_decays, at_y)
                            p0, p1 = load(states, slot), load(states, slot + LANES)
                            p2, p3 = load(states, slot + 2 * LANES), load(states, slot + 3 * LANES)
                            store(sums_C, slot, fma(g, h0, load(sums_C, slot)))
                            store(sums_C, slot + LANES, fma(g, h1, load(sums_C, slot + LANES)))
                            store(sums_C, slot + 2 * LANES, fma(g, h2, load(sums_C, slot + 2 * LANES)))
                            store(sums_C, slot + 3 * LANES, fma(g, h3, load(sums_C, slot + 3 * LANES)))
                            g0 = fma(g, load_splat(C, at_C), g0)
                            g1 = fma(g, load_splat(C, at_C + 1), g1)
                            g2 = fma(g, load_splat(C, at_C + 2), g2)
                            g3 = fma(g, load_splat(C, at_C + 3), g3)
                            store(sums_B, slot, fma(g0, drive, load(sums_B, slot)))
                            store(sums_B, slot + LANES, fma(g1, drive, load(sums_B, slot + LANES)))
                            store(sums_B, slot + 2 * LANES, fma(g2, drive, load(sums_B, slot + 2 * LANES)))
                            store(sums_B, slot + 3 * LANES, fma(g3, drive, load(sums_B, slot + 3 * LANES)))
                            g_drive = fma(g0, load_splat(B, at_B), g_drive)
                            g_drive = fma(g1, load_splat(B, at_B + 1), g_drive)
                            g_drive = fma(g2, load_splat(B, at_B + 2), g_drive)
                            g_drive = fma(g3, load_splat(B, at_B + 3), g_drive)
                            g_decay = fma(g3, p3, fma(g2, p2, fma(g1, p1, fma(g0, p0, g_decay))))
                            store(g_drives, at_y, g_drive)
                            store(g_decays, at_y, g_decay)
                            g0, g1, g2, g3 = g0 * a, g1 * a, g2 * a, g3 * a
                            h0, h1, h2, h3 = p0, p1, p2, p3
                        store(gh, at, g0)
                        store(gh, at + channels, g1)
                        store(gh, at + 2 * channels, g2)
                        store(gh, at + 3 * channels, g3)
                    for t in range(start, stop):
                        for k in range(TILE):
                            at, slot = (b * length + t) * n_state + n + k, (t - start) * row + k * LANES
                            gB[at] = total(load(sums_B, slot))
                            gC[at] = total(load(sums_C, slot))
                for t in range(start, stop):
                    for c in range(0, channels, LANES):
                        at, at_y, at_d = (t - start) * channels + c, (b * length + t) * channels + c, (b * length + t) * heads + c // p
                        xt, g, g_drive = load(x, b * x_b + t * x_t + c), load(gated, at), load(g_drives, at)
                        if has_z:
                            zt = load(z, b * z_b + t * z_t + c)
                            s = sigmoid(zt)
                            slope = fma(zt * s, splat_like(s, 1.0) - s, s)
                            store(gz, at_y, load(gy, at_y) * slope * load(plain, at))
                        store(gx, at_y, fma(g, load_splat(D, c // p), g_drive * load_splat(delta, at_d)))
                        store(gD, group * channels + c, fma(g, xt, load(gD, group * channels + c)))
                        gdelta[at_d] += total(g_drive * xt)
                        gdecay[at_d] += total(load(g_decays, at))


def forward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, h, p), last state (b, h, p, n), kept states (b, ⌈l/EVERY⌉, n, c)); all float32 or all float64."""
    batch, length, heads, p = x.shape
    n, n_whole, p_whole = B.shape[2], whole(B.shape[2], TILE), whole(p, LANES)
    state = x.new_zeros(batch, n_whole, heads, p_whole)
    if initial_state is not None:
        state[:, :n, :, :p] = initial_state.permute(0, 3, 1, 2)
    y = x.new_empty(batch, length, heads, p_whole)
    kept = x.new_empty(batch, -(-length // EVERY), n_whole, heads, p_whole)
    steps = _steps(delta, delta_bias, delta_softplus)
    inputs = _inputs(x, steps, torch.exp(steps * A), B, C, D, z)
    over(_forward, groups(batch), batch * length * n_whole * heads * p_whole, *inputs, flat(state), flat(y), flat(kept))
    y, state, kept = y[..., :p], state[:, :n, :, :p], kept[:, :, :n, :, :p]
    return y.contiguous(), state.permute(0, 2, 3, 1).contiguous(), kept.flatten(3).contiguous()


def backward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of x, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    batch, length, heads, p = x.shape
    n, n_whole, p_whole = B.shape[2], whole(B.shape[2], TILE), whole(p, LANES)
    cuts = groups(batch)
    gstate = x.new_zeros(batch, n_whole, heads, p_whole)
    gstate[:, :n, :, :p] = glast.permute(0, 3, 1, 2)
    gx, gz = (x.new_empty(batch, length, heads, p_whole if t is not None else 0) for t in (x, z))
    gsteps, gdecay = (x.new_zeros(batch, length, heads) for _ in range(2))
    gB, gC = (x.new_empty(batch, length, n_whole) for _ in range(2))
    gD = x.new_zeros(len(cuts) - 1, heads, p_whole)
    steps = _steps(delta, delta_bias, delta_softplus)
    decay = torch.exp(steps * A)
    inputs = _inputs(x, steps, decay, B, C, D, z)
    kept = F.pad(kept.unflatten(3, (heads, p)), (0, p_whole - p, 0, 0, 0, n_whole - n))
    outputs = (flat(t) for t in (gstate, gx, gsteps, gdecay, gz, gB, gC, gD))
    work = 3 * batch * length * n_whole * heads * p_whole
    over(_backward, cuts, work, *inputs, flat(kept), flat(pad(gy, p_whole).contiguous()), *outputs)

    glog = gdecay * decay
    gsteps = gsteps + glog * A
    if delta_softplus:
        gsteps = gsteps * torch.sigmoid(delta if delta_bias is None else delta + delta_bias)
    return (
        gx[..., :p].contiguous(),
        gsteps,
        (glog * steps).sum((0, 1)),
        gB[..., :n].contiguous(),
        gC[..., :n].contiguous(),
        None if D is None else gD.sum((0, 2)),
        None if z is None else gz[..., :p].contiguous(),
        None if delta_bias is None else gsteps.sum((0, 1)),
        gstate[:, :n, :, :p].permute(0, 2, 3, 1).contiguous(),
    )


def _steps(delta: Tensor, delta_bias: Tensor | None, delta_softplus: bool) -> Tensor:
    """Δ."""
    delta = delta if delta_bias is None else delta + delta_bias
    return F.softplus(delta) if delta_softplus else delta


def _inputs(x, steps, decay, B, C, D, z) -> tuple:
    """What both kernels begin with: sizes, strides, and the inputs as flat arrays, heads in whole vectors."""
    heads, width = x.shape[2], whole(x.shape[3], LANES)
    n = whole(B.shape[2], TILE)
    x, z = (t if t is None else rows(pad(t, width).flatten(2)) for t in (x, z))
    B, C = rows(pad(B, n)), rows(pad(C, n))
    strides = tuple(s for t in (x, B, C, x if z is None else z) for s in t.stride()[:2])
    D = x.new_zeros(heads) if D is None else D
    arrays = (flat(t) for t in (x, steps.contiguous(), decay.contiguous(), B, C, D.contiguous(), x if z is None else z))
    return x.shape[1], heads, heads * width, n, strides, *arrays, z is not None

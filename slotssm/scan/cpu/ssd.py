"""The SSD scan (Mamba-2 core) on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = a_t h_{t−1} + Δ_t x_t ⊗ B_t,    y_t = (h_t C_t + D x_t) · SiLU(z_t),    a_t = exp(Δ_t A)

Sequential in time, a block of LANES channels at once, parallel over the batch. States meet only in y: so two of them at
a time are taken through a chunk of steps in registers, and what a chunk needs of them fits a core's first cache.
Forward keeps the state before every chunk; back recomputes what lies between.

b batch · l steps · h heads · p channels of a head · c = h·p · n state
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

import torch
import torch.nn.functional as F
from numba import njit
from torch import Tensor

from generators.jit import compiled
from slotssm.scan.cpu.blocks import Size, address, cut, pad, rows, whole, zero_of
from slotssm.scan.cpu.scratch import scratch
from slotssm.scan.cpu.simd import (
    LANES,
    exp2,
    fma,
    load,
    load_splat,
    pointer,
    splat,
    splat_like,
    store,
    store_one,
    total,
)
from slotssm.scan.cpu.threads import groups, over
from slotssm.scan.cpu.vectormath import LOG2E, sigmoid, softplus

EVERY = 32  # steps of a chunk: a multiple of LANES


@njit(nogil=True)
def _discretise(first, count, heads, d_t, delta, A, bias, flags, raw, steps, decays):  # pragma: no cover (compiled)
    """Δ and a of a chunk's steps, which begin at `first` of delta. raw, steps, decays: (h, EVERY)."""
    _, _, has_bias, has_softplus, _, _ = flags
    raw[:] = 0
    for head in range(heads):
        for t in range(count):
            raw[head * EVERY + t] = delta[first + t * d_t + head]
        rate = load_splat(A, head)
        for at in range(head * EVERY, (head + 1) * EVERY, LANES):
            d = load(raw, at)
            if has_bias:
                d = d + load_splat(bias, head)
                store(raw, at, d)
            if has_softplus:
                d = softplus(d)
            store(steps, at, d)
            store(decays, at, exp2(d * rate * splat_like(d, LOG2E)))
        for t in range(head * EVERY + count, (head + 1) * EVERY):  # no steps: nothing may come of the bias alone
            steps[t], decays[t] = 0, 1


@compiled()
def _forward(
    first, last, cuts, zero, sizes, flags, strides, x, delta, A, B, C, D, z, bias, initial, state, y, kept
):  # pragma: no cover (compiled)
    """Groups first…last. Tensors come as addresses. initial, state (the last one, out): (b, n, c)."""
    length, heads, channels, n_state = sizes
    has_D, has_z, _, _, has_initial, keep = flags
    x_b, x_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    x, delta, A, B, C = pointer(x, zero), pointer(delta, zero), pointer(A, zero), pointer(B, zero), pointer(C, zero)
    D, z, bias, initial = pointer(D, zero), pointer(z, zero), pointer(bias, zero), pointer(initial, zero)
    state, y, kept = pointer(state, zero), pointer(y, zero), pointer(kept, zero)
    size, chunks, p = n_state * channels, (length + EVERY - 1) // EVERY, channels // heads
    raw, steps, decays = scratch(heads * EVERY, zero), scratch(heads * EVERY, zero), scratch(heads * EVERY, zero)
    drives, plain = scratch(EVERY * LANES, zero), scratch(EVERY * LANES, zero)  # Δ x; y before the gate
    nothing = splat(zero)
    for b in range(cuts[first], cuts[last]):
        for chunk in range(chunks):
            start, count = chunk * EVERY, min(length - chunk * EVERY, EVERY)
            _discretise(b * d_b + start * d_t, count, heads, d_t, delta, A, bias, flags, raw, steps, decays)
            for c in range(0, channels, LANES):
                head = c // p
                at_x, at_z, at_y = (
                    b * x_b + start * x_t + c,
                    b * z_b + start * z_t + c,
                    (b * length + start) * channels + c,
                )
                skip = load_splat(D, head) if has_D else nothing
                for t in range(count):
                    xt = load(x, at_x + t * x_t)
                    store(drives, t * LANES, load_splat(steps, head * EVERY + t) * xt)
                    store(plain, t * LANES, skip * xt)
                for n in range(0, n_state, 2):
                    at = n * channels + c
                    h0, h1 = nothing, nothing
                    if chunk:
                        h0, h1 = load(state, b * size + at), load(state, b * size + at + channels)
                    elif has_initial:
                        h0, h1 = load(initial, b * size + at), load(initial, b * size + at + channels)
                    if keep:
                        store(kept, (b * chunks + chunk) * size + at, h0)
                        store(kept, (b * chunks + chunk) * size + at + channels, h1)
                    for t in range(count):
                        at_B, at_C = b * B_b + (start + t) * B_t + n, b * C_b + (start + t) * C_t + n
                        a, drive = load_splat(decays, head * EVERY + t), load(drives, t * LANES)
                        h0 = fma(a, h0, drive * load_splat(B, at_B))
                        h1 = fma(a, h1, drive * load_splat(B, at_B + 1))
                        yt = fma(h0, load_splat(C, at_C), load(plain, t * LANES))
                        store(plain, t * LANES, fma(h1, load_splat(C, at_C + 1), yt))
                    store(state, b * size + at, h0)
                    store(state, b * size + at + channels, h1)
                for t in range(count):
                    yt = load(plain, t * LANES)
                    if has_z:
                        zt = load(z, at_z + t * z_t)
                        yt = yt * (zt * sigmoid(zt))
                    store(y, at_y + t * channels, yt)


@compiled()
def _backward(
    first, last, cuts, zero, sizes, flags, strides, x, delta, A, B, C, D, z, bias, kept, gy,
    gstate, gx, gdelta, gz, gB, gC, gA, gD, gbias,
):  # pragma: no cover (compiled)  # fmt: skip
    """gstate: the gradient of the last state in, of the initial state out; gA, gD, gbias: (groups, h), from 0."""
    length, heads, channels, n_state = sizes
    has_D, has_z, _, has_softplus, _, _ = flags
    x_b, x_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    x, delta, A, B, C = pointer(x, zero), pointer(delta, zero), pointer(A, zero), pointer(B, zero), pointer(C, zero)
    D, z, bias, kept, gy = (
        pointer(D, zero),
        pointer(z, zero),
        pointer(bias, zero),
        pointer(kept, zero),
        pointer(gy, zero),
    )
    gstate, gx, gdelta, gz = pointer(gstate, zero), pointer(gx, zero), pointer(gdelta, zero), pointer(gz, zero)
    gB, gC, gA, gD = pointer(gB, zero), pointer(gC, zero), pointer(gA, zero), pointer(gD, zero)
    gbias = pointer(gbias, zero)
    size, chunks, p, row = n_state * channels, (length + EVERY - 1) // EVERY, channels // heads, 2 * LANES
    raw, steps, decays = scratch(heads * EVERY, zero), scratch(heads * EVERY, zero), scratch(heads * EVERY, zero)
    gsteps, gdecays = scratch(heads * EVERY, zero), scratch(heads * EVERY, zero)
    drives, plain = scratch(EVERY * channels, zero), scratch(EVERY * channels, zero)  # Δ x; y before the gate
    gated = scratch(EVERY * channels, zero)  # gy, through the gate
    by_drive, by_decay = scratch(EVERY * channels, zero), scratch(EVERY * channels, zero)  # gradients of Δ x and a
    states = scratch(EVERY * row, zero)  # before every step
    sums_B, sums_C = scratch(EVERY * row, zero), scratch(EVERY * row, zero)
    nothing = splat(zero)
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for chunk in range(chunks - 1, -1, -1):
                start, count = chunk * EVERY, min(length - chunk * EVERY, EVERY)
                _discretise(b * d_b + start * d_t, count, heads, d_t, delta, A, bias, flags, raw, steps, decays)
                by_drive[:] = 0
                by_decay[:] = 0
                for c in range(0, channels, LANES):
                    head = c // p
                    at_x, at_z, at_y = (
                        b * x_b + start * x_t + c,
                        b * z_b + start * z_t + c,
                        (b * length + start) * channels + c,
                    )
                    skip = load_splat(D, head) if has_D else nothing
                    for t in range(count):
                        xt, cell = load(x, at_x + t * x_t), c * EVERY + t * LANES
                        store(drives, cell, load_splat(steps, head * EVERY + t) * xt)
                        store(plain, cell, skip * xt)
                        g = load(gy, at_y + t * channels)
                        if has_z:
                            zt = load(z, at_z + t * z_t)
                            g = g * (zt * sigmoid(zt))
                        store(gated, cell, g)
                for n in range(0, n_state, 2):
                    sums_B[:] = 0
                    sums_C[:] = 0
                    first_B, first_C = b * B_b + start * B_t + n, b * C_b + start * C_t + n
                    for c in range(0, channels, LANES):
                        head, at = c // p * EVERY, n * channels + c
                        at_kept = (b * chunks + chunk) * size + at
                        h0, h1 = load(kept, at_kept), load(kept, at_kept + channels)
                        for t in range(count):
                            slot, cell, at_B, at_C = (
                                t * row,
                                c * EVERY + t * LANES,
                                first_B + t * B_t,
                                first_C + t * C_t,
                            )
                            a, drive = load_splat(decays, head + t), load(drives, cell)
                            store(states, slot, h0)
                            store(states, slot + LANES, h1)
                            h0 = fma(a, h0, drive * load_splat(B, at_B))
                            h1 = fma(a, h1, drive * load_splat(B, at_B + 1))
                            if has_z:
                                yt = fma(h0, load_splat(C, at_C), load(plain, cell))
                                store(plain, cell, fma(h1, load_splat(C, at_C + 1), yt))
                        g0, g1 = load(gstate, b * size + at), load(gstate, b * size + at + channels)
                        for t in range(count - 1, -1, -1):
                            slot, cell, at_B, at_C = (
                                t * row,
                                c * EVERY + t * LANES,
                                first_B + t * B_t,
                                first_C + t * C_t,
                            )
                            a, drive, g = load_splat(decays, head + t), load(drives, cell), load(gated, cell)
                            store(sums_C, slot, fma(g, h0, load(sums_C, slot)))
                            store(sums_C, slot + LANES, fma(g, h1, load(sums_C, slot + LANES)))
                            h0, h1 = load(states, slot), load(states, slot + LANES)
                            g0 = fma(g, load_splat(C, at_C), g0)
                            g1 = fma(g, load_splat(C, at_C + 1), g1)
                            store(sums_B, slot, fma(g0, drive, load(sums_B, slot)))
                            store(sums_B, slot + LANES, fma(g1, drive, load(sums_B, slot + LANES)))
                            through = fma(g0, load_splat(B, at_B), load(by_drive, cell))
                            store(by_drive, cell, fma(g1, load_splat(B, at_B + 1), through))
                            store(by_decay, cell, fma(g1, h1, fma(g0, h0, load(by_decay, cell))))
                            g0, g1 = g0 * a, g1 * a
                        store(gstate, b * size + at, g0)
                        store(gstate, b * size + at + channels, g1)
                    for t in range(count):
                        at = (b * length + start + t) * n_state + n
                        store_one(gB, at, total(load(sums_B, t * row)))
                        store_one(gB, at + 1, total(load(sums_B, t * row + LANES)))
                        store_one(gC, at, total(load(sums_C, t * row)))
                        store_one(gC, at + 1, total(load(sums_C, t * row + LANES)))
                gsteps[:] = 0
                gdecays[:] = 0
                for c in range(0, channels, LANES):
                    head = c // p
                    at_x, at_z, at_y = (
                        b * x_b + start * x_t + c,
                        b * z_b + start * z_t + c,
                        (b * length + start) * channels + c,
                    )
                    skip = load_splat(D, head) if has_D else nothing
                    sum_D = nothing
                    for t in range(count):
                        cell, at_d = c * EVERY + t * LANES, head * EVERY + t
                        xt, g, g_drive = load(x, at_x + t * x_t), load(gated, cell), load(by_drive, cell)
                        store(gx, at_y + t * channels, fma(g, skip, g_drive * load_splat(steps, at_d)))
                        sum_D = fma(g, xt, sum_D)
                        gsteps[at_d] += total(g_drive * xt)
                        gdecays[at_d] += total(load(by_decay, cell))
                        if has_z:
                            zt = load(z, at_z + t * z_t)
                            s = sigmoid(zt)
                            slope = fma(zt * s, splat_like(s, 1.0) - s, s)
                            store(gz, at_y + t * channels, load(gy, at_y + t * channels) * slope * load(plain, cell))
                    store_one(gD, group * heads + head, gD[group * heads + head] + total(sum_D))
                for head in range(heads):
                    for at in range(head * EVERY, (head + 1) * EVERY, LANES):
                        g_log, d = load(gdecays, at) * load(decays, at), load(steps, at)
                        g = fma(g_log, load_splat(A, head), load(gsteps, at))
                        if has_softplus:
                            g = g * sigmoid(load(raw, at))
                        store(gsteps, at, g)
                        at_A = group * heads + head
                        store_one(gA, at_A, gA[at_A] + total(g_log * d))
                        store_one(gbias, at_A, gbias[at_A] + total(g))
                    for t in range(count):
                        store_one(gdelta, (b * length + start + t) * heads + head, gsteps[head * EVERY + t])


def forward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, h, p), last state (b, h, p, n), kept states); all of one dtype, float32 or float64."""
    batch, length, heads, p = x.shape
    n, width = _even(B.shape[2]), whole(p)
    y, state = x.new_empty(batch, length, heads, width), x.new_empty(batch, n, heads, width)
    kept = x.new_empty(kept_shape(batch, length, heads, p, n) if keep else (0, 0, 0, 0))
    initial = None if initial_state is None else _by_state(initial_state).contiguous()
    inputs = _Inputs(x, delta, A, B, C, D, z, delta_bias, delta_softplus, initial is not None, keep)
    outputs = (address(t) for t in (initial, state, y, kept))
    over(_forward, groups(batch), batch * length * n * heads * width, *inputs.arguments, *outputs)
    return cut(y, p), _by_head(state, p, B.shape[2]), kept


def backward(
    x: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of x, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    batch, length, heads, p = x.shape
    n, width, cuts = _even(B.shape[2]), whole(p), groups(batch)
    gstate = _by_state(glast).clone(memory_format=torch.contiguous_format)
    gx, gdelta = x.new_empty(batch, length, heads, width), x.new_empty(batch, length, heads)
    gz = None if z is None else x.new_empty(batch, length, heads, width)
    gB, gC = x.new_empty(batch, length, n), x.new_empty(batch, length, n)
    gA, gD, gbias = x.new_zeros(3, len(cuts) - 1, heads)
    gy = pad(gy, width).contiguous()
    inputs = _Inputs(x, delta, A, B, C, D, z, delta_bias, delta_softplus, False, True)
    outputs = (address(t) for t in (kept, gy, gstate, gx, gdelta, gz, gB, gC, gA, gD, gbias))
    over(_backward, cuts, 3 * batch * length * n * heads * width, *inputs.arguments, *outputs)
    gA, gD, gbias = (None if t is None else g.sum(0) for t, g in ((A, gA), (D, gD), (delta_bias, gbias)))
    gB, gC = cut(gB, B.shape[2]), cut(gC, B.shape[2])
    gz = None if gz is None else cut(gz, p)
    return cut(gx, p), gdelta, gA, gB, gC, gD, gz, gbias, _by_head(gstate, p, B.shape[2])


class _Inputs:
    """What both kernels begin with: sizes, flags, strides, and addresses; heads in whole blocks, states even.

    It holds on to the tensors, as the addresses don't.
    """

    def __init__(self, x, delta, A, B, C, D, z, delta_bias, delta_softplus, has_initial, keep):
        length, heads, p = x.shape[1:]
        width, n = whole(p), _even(B.shape[2])
        gate = x if z is None else z
        x, gate = (rows(pad(t, width).flatten(2)) for t in (x, gate))
        delta, B, C = rows(delta), rows(pad(B, n)), rows(pad(C, n))
        A, D, bias = (None if t is None else t.contiguous() for t in (A, D, delta_bias))
        sizes = (length, heads, heads * width, n)
        flags = (D is not None, z is not None, bias is not None, delta_softplus, has_initial, keep)
        strides = tuple(s for t in (x, delta, B, C, gate) for s in t.stride()[:2])
        self.tensors = (x, delta, A, B, C, D, gate, bias)
        self.arguments = (zero_of(x), sizes, flags, strides, *(address(t) for t in self.tensors))


def _even(n: Size) -> Size:
    return n + n % 2


def _by_state(state: Tensor) -> Tensor:
    """(b, h, p, n) → (b, n, h, p), heads in whole blocks, states even."""
    p, n = state.shape[2:]
    state = state.permute(0, 3, 1, 2)
    return state if (n, p) == (_even(n), whole(p)) else F.pad(state, (0, whole(p) - p, 0, 0, 0, _even(n) - n))


def _by_head(state: Tensor, p: int, n: int) -> Tensor:
    """Back to (b, h, p, n), which lies as (b, n, h, p)."""
    return cut(state, p)[:, :n].contiguous().permute(0, 2, 3, 1)


def kept_shape(batch: Size, length: Size, heads: Size, p: Size, n_state: Size) -> tuple[Size, Size, Size, Size]:
    """Of the states that forward keeps: before every chunk of every sequence."""
    return batch, -(-length // EVERY), _even(n_state), heads * whole(p)

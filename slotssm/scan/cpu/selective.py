"""The selective scan (S6) on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = exp(Δ_t A) ∘ h_{t−1} + Δ_t u_t B_t,    y_t = (C_t · h_t + D u_t) · SiLU(z_t)

Sequential in time, a block of LANES channels at once, parallel over the batch. A chunk of a few dozen steps is done
for one block, then for the next: what is at work fits a core's cache. Forward keeps the state before every chunk;
back recomputes what lies between. States lie as (n, c) here: channels side by side.

b batch · l steps · c channels · n state
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

import torch
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


@compiled()
def _forward(
    first, last, cuts, zero, sizes, flags, strides, u, delta, A, B, C, D, z, bias, initial, state, y, kept
):  # pragma: no cover (compiled)
    """Groups first…last. Tensors come as addresses. state: the last one, out."""
    length, channels, n_state, every = sizes
    has_D, has_z, has_bias, has_softplus, has_initial, keep = flags
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    u, delta, A, B, C = pointer(u, zero), pointer(delta, zero), pointer(A, zero), pointer(B, zero), pointer(C, zero)
    D, z, bias, initial = pointer(D, zero), pointer(z, zero), pointer(bias, zero), pointer(initial, zero)
    state, y, kept = pointer(state, zero), pointer(y, zero), pointer(kept, zero)
    size, chunks = n_state * channels, (length + every - 1) // every
    h, a = scratch(n_state * LANES, zero), scratch(n_state * LANES, zero)
    nothing = splat(zero)
    for b in range(cuts[first], cuts[last]):
        for chunk in range(chunks):
            for c in range(0, channels, LANES):
                for n in range(n_state):
                    at = n * channels + c
                    before = nothing
                    if chunk:
                        before = load(state, b * size + at)
                    elif has_initial:
                        before = load(initial, b * size + at)
                    if keep:
                        store(kept, (b * chunks + chunk) * size + at, before)
                    store(h, n * LANES, before)
                    store(a, n * LANES, load(A, at) * splat_like(nothing, LOG2E))
                skip = load(D, c) if has_D else nothing
                offset = load(bias, c) if has_bias else nothing
                for t in range(chunk * every, min(length, (chunk + 1) * every)):
                    ut = load(u, b * u_b + t * u_t + c)
                    d = load(delta, b * d_b + t * d_t + c) + offset
                    if has_softplus:
                        d = softplus(d)
                    drive = d * ut
                    out = skip * ut
                    at_B, at_C = b * B_b + t * B_t, b * C_b + t * C_t
                    for n in range(n_state):
                        slot = n * LANES
                        hn = fma(exp2(d * load(a, slot)), load(h, slot), drive * load_splat(B, at_B + n))
                        store(h, slot, hn)
                        out = fma(hn, load_splat(C, at_C + n), out)
                    if has_z:
                        zt = load(z, b * z_b + t * z_t + c)
                        out = out * (zt * sigmoid(zt))
                    store(y, (b * length + t) * channels + c, out)
                for n in range(n_state):
                    store(state, b * size + n * channels + c, load(h, n * LANES))


@compiled()
def _backward(
    first, last, cuts, zero, sizes, flags, strides, u, delta, A, B, C, D, z, bias, kept, gy,
    gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias,
):  # pragma: no cover (compiled)  # fmt: skip
    """gstate: the gradient of the last state in, of the initial state out; gA, gD, gbias: sums of every group."""
    length, channels, n_state, every = sizes
    has_D, has_z, has_bias, has_softplus, _, _ = flags
    u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t = strides
    u, delta, A, B, C = pointer(u, zero), pointer(delta, zero), pointer(A, zero), pointer(B, zero), pointer(C, zero)
    D, z, bias, kept, gy = (
        pointer(D, zero),
        pointer(z, zero),
        pointer(bias, zero),
        pointer(kept, zero),
        pointer(gy, zero),
    )
    gstate, gu, gdelta, gz = pointer(gstate, zero), pointer(gu, zero), pointer(gdelta, zero), pointer(gz, zero)
    gB, gC, gA, gD, gbias = (
        pointer(gB, zero),
        pointer(gC, zero),
        pointer(gA, zero),
        pointer(gD, zero),
        pointer(gbias, zero),
    )
    size, chunks, row = n_state * channels, (length + every - 1) // every, n_state * LANES
    h, a, gh, ga = scratch(row, zero), scratch(row, zero), scratch(row, zero), scratch(row, zero)
    decays = scratch(every * row, zero)
    carried = scratch(every * row, zero)  # exp(Δ_t A) ∘ h_{t−1}
    sums_B = scratch(every * row, zero)
    sums_C = scratch(every * row, zero)
    steps = scratch(every * LANES, zero)  # Δ_t
    plain = scratch(every * LANES, zero)  # y before the gate
    nothing = splat(zero)
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for chunk in range(chunks - 1, -1, -1):
                start, stop = chunk * every, min(length, (chunk + 1) * every)
                sums_B[:] = 0
                sums_C[:] = 0
                for c in range(0, channels, LANES):
                    for n in range(n_state):
                        at, slot = n * channels + c, n * LANES
                        store(h, slot, load(kept, (b * chunks + chunk) * size + at))
                        store(gh, slot, load(gstate, b * size + at))
                        store(ga, slot, load(gA, group * size + at))
                        store(a, slot, load(A, at) * splat_like(nothing, LOG2E))
                    skip = load(D, c) if has_D else nothing
                    offset = load(bias, c) if has_bias else nothing
                    for t in range(start, stop):
                        ut = load(u, b * u_b + t * u_t + c)
                        d = load(delta, b * d_b + t * d_t + c) + offset
                        if has_softplus:
                            d = softplus(d)
                        store(steps, (t - start) * LANES, d)
                        drive = d * ut
                        out = skip * ut
                        for n in range(n_state):
                            slot, saved = n * LANES, (t - start) * row + n * LANES
                            decay = exp2(d * load(a, slot))
                            moved = decay * load(h, slot)
                            store(decays, saved, decay)
                            store(carried, saved, moved)
                            hn = fma(drive, load_splat(B, b * B_b + t * B_t + n), moved)
                            store(h, slot, hn)
                            out = fma(hn, load_splat(C, b * C_b + t * C_t + n), out)
                        store(plain, (t - start) * LANES, out)
                    sum_D, sum_bias = nothing, nothing
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
                        g_drive, g_d = nothing, nothing
                        for n in range(n_state):
                            slot, saved = n * LANES, (t - start) * row + n * LANES
                            Bn = load_splat(B, b * B_b + t * B_t + n)
                            moved = load(carried, saved)
                            store(sums_C, saved, fma(g, fma(drive, Bn, moved), load(sums_C, saved)))
                            value = fma(g, load_splat(C, b * C_b + t * C_t + n), load(gh, slot))
                            store(sums_B, saved, fma(value, drive, load(sums_B, saved)))
                            g_drive = fma(value, Bn, g_drive)
                            through = value * moved
                            g_d = fma(through, load(a, slot), g_d)
                            store(ga, slot, fma(through, d, load(ga, slot)))
                            store(gh, slot, value * load(decays, saved))
                        sum_D = fma(g, ut, sum_D)
                        store(gu, at_y, fma(g, skip, g_drive * d))
                        g_d = fma(g_drive, ut, g_d * splat_like(d, 1.0 / LOG2E))
                        if has_softplus:
                            g_d = g_d * sigmoid(load(delta, b * d_b + t * d_t + c) + offset)
                        store(gdelta, at_y, g_d)
                        sum_bias = sum_bias + g_d
                    at = group * channels + c
                    store(gD, at, load(gD, at) + sum_D)
                    store(gbias, at, load(gbias, at) + sum_bias)
                    for n in range(n_state):
                        store(gstate, b * size + n * channels + c, load(gh, n * LANES))
                        store(gA, group * size + n * channels + c, load(ga, n * LANES))
                for t in range(stop - start):
                    for n in range(n_state):
                        at = (b * length + start + t) * n_state + n
                        store_one(gB, at, total(load(sums_B, t * row + n * LANES)))
                        store_one(gC, at, total(load(sums_C, t * row + n * LANES)))


def forward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, initial_state: Tensor | None, keep: bool,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """(y (b, l, c), last state (b, c, n), kept states); all of one dtype, float32 or float64."""
    batch, length, channels = u.shape
    n, width = A.shape[1], whole(channels)
    y, state = u.new_empty(batch, length, width), u.new_empty(batch, n, width)
    kept = u.new_empty(*kept_shape(batch, length, channels, n) if keep else (0, 0, 0, 0))
    initial = None if initial_state is None else pad(initial_state.mT, width).contiguous()
    inputs = _Inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus, initial is not None, keep)
    outputs = (address(x) for x in (initial, state, y, kept))
    over(_forward, groups(batch), batch * length * width * n, *inputs.arguments, *outputs)
    return cut(y, channels), cut(state, channels).mT, kept


def backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor | None, z: Tensor | None,
    delta_bias: Tensor | None, delta_softplus: bool, kept: Tensor, gy: Tensor, glast: Tensor,
) -> tuple[Tensor | None, ...]:  # fmt: skip
    """Gradients of u, delta, A, B, C, D, z, delta_bias (None where there is none) and the initial state."""
    batch, length, channels = u.shape
    n, width, cuts = A.shape[1], whole(channels), groups(batch)
    gstate = pad(glast.mT, width).clone(memory_format=torch.contiguous_format)
    gu, gdelta = u.new_empty(batch, length, width), u.new_empty(batch, length, width)
    gz = None if z is None else u.new_empty(batch, length, width)
    gB, gC = u.new_empty(B.shape), u.new_empty(C.shape)
    gA, gD, gbias = (u.new_zeros(len(cuts) - 1, *shape) for shape in ((n, width), (width,), (width,)))
    gy = pad(gy, width).contiguous()
    inputs = _Inputs(u, delta, A, B, C, D, z, delta_bias, delta_softplus, False, True)
    outputs = (address(x) for x in (kept, gy, gstate, gu, gdelta, gz, gB, gC, gA, gD, gbias))
    over(_backward, cuts, 3 * batch * length * width * n, *inputs.arguments, *outputs)
    gA, gD, gbias = (cut(g.sum(0), channels) for g in (gA, gD, gbias))
    gD, gbias = (None if x is None else g for x, g in ((D, gD), (delta_bias, gbias)))
    gz = None if gz is None else cut(gz, channels)
    return cut(gu, channels), cut(gdelta, channels), gA.mT, gB, gC, gD, gz, gbias, cut(gstate, channels).mT


class _Inputs:
    """What both kernels begin with: sizes, flags, strides, and the inputs' addresses, channels in whole vectors.

    It holds on to the tensors, as the addresses don't.
    """

    def __init__(self, u, delta, A, B, C, D, z, delta_bias, delta_softplus, has_initial, keep):
        width, n = whole(u.shape[2]), A.shape[1]
        gate = u if z is None else z
        u, delta, gate = (rows(pad(x, width)) for x in (u, delta, gate))
        B, C, A = rows(B), rows(C), pad(A.mT, width).contiguous()
        D, bias = (None if x is None else pad(x, width).contiguous() for x in (D, delta_bias))
        sizes = (u.shape[1], width, n, every(n))
        flags = (D is not None, z is not None, bias is not None, delta_softplus, has_initial, keep)
        strides = tuple(s for x in (u, delta, B, C, gate) for s in x.stride()[:2])
        self.tensors = (u, delta, A, B, C, D, gate, bias)
        self.arguments = (zero_of(u), sizes, flags, strides, *(address(x) for x in self.tensors))


def kept_shape(batch: Size, length: Size, channels: Size, n_state: Size) -> tuple[Size, Size, Size, Size]:
    """Of the states that forward keeps: before every chunk of every sequence."""
    return batch, -(-length // every(n_state)), n_state, whole(channels)


def every(n_state: Size) -> Size:
    """Steps of a chunk: what backward recomputes of it must fit a cache."""
    return max(8, min(64, 1024 // max(n_state, 1)))

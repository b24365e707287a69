"""The Triton kernels of both scans: one pass forward, one back, everything in between fused.

    Δ_t = softplus(delta_t + bias),    h_t = exp(Δ_t A) ∘ h_{t−1} + B_t ⊗ (Δ_t u_t)
    y_t = (C_t · h_t + D u_t) · SiLU(z_t)

S6 has a Δ per channel and an A per channel and state; SSD shares both among the p channels of a head, and A among the
states too. So to these kernels S6 is an SSD with heads of one channel (p = 1), whose A has n_state rows and not one.

Who does what: a program has BLOCK channels of one sequence at a time and walks its steps in order, the state
(N, BLOCK) in registers. The sequences are on grid axis 0 (up to 2³¹ − 1 of them), blocks of channels on axis 1.
Channels are the contiguous axis of every tensor, the states' too: (n, c). Forward keeps the state before every EVERY-th
step. Back takes these chunks from the last to the first: it recomputes the states of the chunk into a scratch of its
own, small enough to stay in the L2 cache, and then walks the chunk in reverse. Sums over the channels of a block, over
sequences and over heads are finished in torch, in a fixed order: no atomics, so equal inputs give equal bits.

Source: the recurrences and the recomputation of states are those of Gu and Dao, "Mamba", arXiv 2312.00752, §3.3.2 and
appendix D, and Dao and Gu, "Transformers are SSMs", arXiv 2405.21060, §2. The gradients are the chain rule.

c channels · n state · p channels per head · a trailing _b or _t: elements from one sequence, or step, to the next
N, BLOCK: n_state and the channels of a program, filled up to powers of 2; ROWS: rows of A, N or 1
"""

import triton
import triton.language as tl

LOG2E = tl.constexpr(1.4426950408889634)
STAGES = tl.constexpr(3)  # steps whose inputs are on their way at a time: memory is hundreds of cycles away


@triton.jit
def _step_size(raw, SOFTPLUS: tl.constexpr):
    """Δ: softplus(x) = max(x, 0) + log(1 + e^−|x|), the logarithm right also where e^−|x| is lost beside 1 (Kahan)."""
    if not SOFTPLUS:
        return raw
    e = tl.exp(-tl.abs(raw))
    one = 1.0 + e
    lost = one == 1.0
    return tl.maximum(raw, 0.0) + tl.where(lost, e, tl.log(one) * (e / tl.where(lost, 1.0, one - 1.0)))


@triton.jit
def _advance(h, A, d, u, B):
    """The state after a step."""
    return tl.exp2((d * LOG2E)[None, :] * A) * h + (d * u)[None, :] * B[:, None]


@triton.jit(do_not_specialize=["length"])
def scan_forward(
    u, delta, A, B, C, D, z, bias, initial, y, last, kept,
    length, channels, n_state, p, u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t,
    SOFTPLUS: tl.constexpr, ROWS: tl.constexpr, N: tl.constexpr, BLOCK: tl.constexpr, EVERY: tl.constexpr,
):  # fmt: skip
    """A program per sequence and block of channels. D, z, bias, initial and kept may be None."""
    b = tl.program_id(0).to(tl.int64)
    steps = tl.cast(length, tl.int64)
    c = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    n = tl.arange(0, N)
    row = tl.arange(0, ROWS)
    in_c, in_n = c < channels, n < n_state
    head = c // p
    size = n_state * channels
    tile, in_tile = n[:, None] * channels + c[None, :], in_n[:, None] & in_c[None, :]
    in_A = (row < n_state)[:, None] & in_c[None, :]
    At = tl.load(A + row[:, None] * (channels // p) + head[None, :], mask=in_A, other=0.0)
    none = tl.zeros([BLOCK], At.dtype)
    Dt = none if D is None else tl.load(D + head, mask=in_c, other=0.0)
    shift = none if bias is None else tl.load(bias + head, mask=in_c, other=0.0)
    h = tl.zeros([N, BLOCK], At.dtype)
    if initial is not None:
        h = tl.load(initial + b * size + tile, mask=in_tile, other=0.0)
    for t in tl.range(0, steps, num_stages=STAGES):
        if kept is not None and t % EVERY == 0:
            tl.store(kept + (b * tl.cdiv(steps, EVERY) + t // EVERY) * size + tile, h, mask=in_tile)
        ut = tl.load(u + b * u_b + t * u_t + c, mask=in_c, other=0.0)
        raw = tl.load(delta + b * d_b + t * d_t + head, mask=in_c, other=0.0) + shift
        Bt = tl.load(B + b * B_b + t * B_t + n, mask=in_n, other=0.0)
        Ct = tl.load(C + b * C_b + t * C_t + n, mask=in_n, other=0.0)
        h = _advance(h, At, _step_size(raw, SOFTPLUS), ut, Bt)
        yt = tl.sum(h * Ct[:, None], 0) + Dt * ut
        if z is not None:
            zt = tl.load(z + b * z_b + t * z_t + c, mask=in_c, other=0.0)
            yt *= zt * tl.sigmoid(zt)
        tl.store(y + (b * steps + t) * channels + c, yt, mask=in_c)
    tl.store(last + b * size + tile, h, mask=in_tile)


@triton.jit(do_not_specialize=["batch", "length"])
def scan_backward(
    u, delta, A, B, C, D, z, bias, kept, gy, glast, scratch,
    gu, gdelta, gA, gB, gC, gD, gz, gbias, ginitial,
    batch, length, channels, n_state, p, u_b, u_t, d_b, d_t, B_b, B_t, C_b, C_t, z_b, z_t,
    SOFTPLUS: tl.constexpr, ROWS: tl.constexpr, N: tl.constexpr, BLOCK: tl.constexpr, EVERY: tl.constexpr,
):  # fmt: skip
    """A program per group of sequences, one after the other, and block of channels.

    gA, gD, gbias: a sum per group and channel; gdelta: of every channel; gB, gC: a sum per block of channels.
    """
    group, groups = tl.program_id(0).to(tl.int64), tl.num_programs(0)
    block, blocks = tl.program_id(1), tl.num_programs(1)
    steps = tl.cast(length, tl.int64)
    lane = tl.arange(0, BLOCK)
    c = block * BLOCK + lane
    n = tl.arange(0, N)
    row = tl.arange(0, ROWS)
    in_c, in_n = c < channels, n < n_state
    head = c // p
    size = n_state * channels
    tile, in_tile = n[:, None] * channels + c[None, :], in_n[:, None] & in_c[None, :]
    in_A = (row < n_state)[:, None] & in_c[None, :]
    At = tl.load(A + row[:, None] * (channels // p) + head[None, :], mask=in_A, other=0.0)
    none = tl.zeros([BLOCK], At.dtype)
    Dt = none if D is None else tl.load(D + head, mask=in_c, other=0.0)
    shift = none if bias is None else tl.load(bias + head, mask=in_c, other=0.0)
    sum_A, sum_D, sum_bias = tl.zeros([ROWS, BLOCK], At.dtype), none, none
    scratch += (group * blocks + block) * EVERY * N * BLOCK + n[:, None] * BLOCK + lane[None, :]
    chunks = tl.cdiv(steps, EVERY)
    for b in range(group, batch, groups):
        gh = tl.load(glast + b * size + tile, mask=in_tile, other=0.0)
        for chunk in range(chunks - 1, -1, -1):
            start = chunk * EVERY
            stop = min(steps, start + EVERY)
            h = tl.load(kept + (b * chunks + chunk) * size + tile, mask=in_tile, other=0.0)
            for t in tl.range(start, stop, num_stages=STAGES):  # scratch: the state before every step
                tl.store(scratch + (t - start) * (N * BLOCK), h)
                ut = tl.load(u + b * u_b + t * u_t + c, mask=in_c, other=0.0)
                raw = tl.load(delta + b * d_b + t * d_t + head, mask=in_c, other=0.0) + shift
                Bt = tl.load(B + b * B_b + t * B_t + n, mask=in_n, other=0.0)
                h = _advance(h, At, _step_size(raw, SOFTPLUS), ut, Bt)
            tl.debug_barrier()  # a state may be read by other threads than wrote it
            for t in tl.range(stop - 1, start - 1, -1, num_stages=STAGES):
                at, at_n = (b * steps + t) * channels + c, ((block * batch + b) * steps + t) * n_state + n
                before = tl.load(scratch + (t - start) * (N * BLOCK))
                ut = tl.load(u + b * u_b + t * u_t + c, mask=in_c, other=0.0)
                raw = tl.load(delta + b * d_b + t * d_t + head, mask=in_c, other=0.0) + shift
                Bt = tl.load(B + b * B_b + t * B_t + n, mask=in_n, other=0.0)
                Ct = tl.load(C + b * C_b + t * C_t + n, mask=in_n, other=0.0)
                g = tl.load(gy + at, mask=in_c, other=0.0)
                d = _step_size(raw, SOFTPLUS)
                if z is not None:
                    zt = tl.load(z + b * z_b + t * z_t + c, mask=in_c, other=0.0)
                    s = tl.sigmoid(zt)
                    plain = tl.sum(h * Ct[:, None], 0) + Dt * ut
                    tl.store(gz + at, g * plain * s * (1.0 + zt * (1.0 - s)), mask=in_c)
                    g *= zt * s
                gh += g[None, :] * Ct[:, None]
                tl.store(gC + at_n, tl.sum(h * g[None, :], 1), mask=in_n)
                tl.store(gB + at_n, tl.sum(gh * (d * ut)[None, :], 1), mask=in_n)
                g_drive = tl.sum(gh * Bt[:, None], 0)
                gh *= tl.exp2((d * LOG2E)[None, :] * At)
                g_log = gh * before  # of log(decay) = Δ A
                if ROWS == 1:
                    g_log = tl.sum(g_log, 0)[None, :]
                sum_A += g_log * d[None, :]
                g_raw = tl.sum(g_log * At, 0) + g_drive * ut
                if SOFTPLUS:
                    g_raw *= tl.sigmoid(raw)
                tl.store(gu + at, g_drive * d + g * Dt, mask=in_c)
                tl.store(gdelta + at, g_raw, mask=in_c)
                sum_bias += g_raw
                sum_D += g * ut
                h = before
            tl.debug_barrier()  # before the next chunk overwrites the scratch
        tl.store(ginitial + b * size + tile, gh, mask=in_tile)
    tl.store(gA + (group * ROWS + row[:, None]) * channels + c[None, :], sum_A, mask=in_A)
    tl.store(gD + group * channels + c, sum_D, mask=in_c)
    tl.store(gbias + group * channels + c, sum_bias, mask=in_c)

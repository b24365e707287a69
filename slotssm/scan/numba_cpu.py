"""The selective scan's core on the CPU: one fused pass forward, one back, compiled by numba.

    h_t = exp(Δ_t A) ∘ h_{t−1} + Δ_t u_t B_t,    y_t = C_t · h_t

Sequential in time, SIMD over channels (the state lies as [state, channel]), parallel over the batch by
plain threads that release the GIL: every sequence is computed whole by one thread, so results do not
depend on how many there are, and numba's and torch's own thread pools never meet. The forward pass keeps
the state every `EVERY` steps; the backward pass recomputes what lies between.
"""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from numba import njit, types
from numba.extending import overload, register_jitable
from torch import Tensor

EVERY = 32  # steps between kept states; the backward pass's buffers then fit a core's L2 cache
_FAST = {"contract", "reassoc", "nsz"}  # fused multiply-add, and sums across SIMD lanes


def _exp(x):
    raise NotImplementedError("compiled only")


@register_jitable(inline="always")
def _exp32(x):
    """exp in float32 to 2e-7 relative: libm's is a call per element, which LLVM cannot vectorise."""
    x = max(min(x * np.float32(1.4426950408889634), np.float32(126.0)), np.float32(-126.0))
    whole = np.floor(x + np.float32(0.5))
    f = x - whole
    p = np.float32(1.5353362e-4)
    p = p * f + np.float32(1.3398874e-3)
    p = p * f + np.float32(9.6184373e-3)
    p = p * f + np.float32(5.5503324e-2)
    p = p * f + np.float32(2.4022648e-1)
    p = p * f + np.float32(6.9314720e-1)
    p = p * f + np.float32(1.0)
    return p * np.int32((np.int32(whole) + np.int32(127)) << np.int32(23)).view(np.float32)


@overload(_exp)
def _exp_overload(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    return lambda x: math.exp(x)


@njit(cache=True, nogil=True, fastmath=_FAST)
def _forward(first, last, u, delta, A, B, C, state, y, kept):  # pragma: no cover (compiled)
    """Sequences first…last. A: (n, c); state: (b, n, c), initial in, last out; kept: (b, ⌈l/EVERY⌉, n, c)."""
    _, length, channels = u.shape
    n_state = A.shape[0]
    drive = np.empty(channels, u.dtype)
    for b in range(first, last):
        h = state[b]
        for t in range(length):
            if t % EVERY == 0:
                kept[b, t // EVERY] = h
            d = delta[b, t]
            out = y[b, t]
            for c in range(channels):
                drive[c] = d[c] * u[b, t, c]
                out[c] = 0.0
            for n in range(n_state):
                Bn = B[b, t, n]
                Cn = C[b, t, n]
                hn = h[n]
                An = A[n]
                for c in range(channels):
                    value = _exp(d[c] * An[c]) * hn[c] + drive[c] * Bn
                    hn[c] = value
                    out[c] += value * Cn


@njit(cache=True, nogil=True, fastmath=_FAST)
def _backward(first, last, u, delta, A, B, C, kept, gy, gstate, gu, gdelta, gA, gB, gC):  # pragma: no cover (compiled)
    """gstate: (b, n, c), the gradient of the last state in, of the initial state out; gA: (b, n, c)."""
    _, length, channels = u.shape
    n_state = A.shape[0]
    drive = np.empty(channels, u.dtype)
    gdrive = np.empty(channels, u.dtype)
    gd = np.empty(channels, u.dtype)
    states = np.empty((EVERY + 1, n_state, channels), u.dtype)
    decays = np.empty((EVERY, n_state, channels), u.dtype)
    for b in range(first, last):
        gh = gstate[b]
        gAb = gA[b]
        for block in range(kept.shape[1] - 1, -1, -1):
            start = block * EVERY
            stop = min(start + EVERY, length)
            states[0] = kept[b, block]
            for t in range(start, stop):
                d = delta[b, t]
                for c in range(channels):
                    drive[c] = d[c] * u[b, t, c]
                for n in range(n_state):
                    Bn = B[b, t, n]
                    before = states[t - start, n]
                    after = states[t - start + 1, n]
                    decay = decays[t - start, n]
                    An = A[n]
                    for c in range(channels):
                        a = _exp(d[c] * An[c])
                        decay[c] = a
                        after[c] = a * before[c] + drive[c] * Bn
            for t in range(stop - 1, start - 1, -1):
                d = delta[b, t]
                g = gy[b, t]
                for c in range(channels):
                    drive[c] = d[c] * u[b, t, c]
                    gdrive[c] = 0.0
                    gd[c] = 0.0
                for n in range(n_state):
                    Bn = B[b, t, n]
                    Cn = C[b, t, n]
                    before = states[t - start, n]
                    after = states[t - start + 1, n]
                    decay = decays[t - start, n]
                    An = A[n]
                    ghn = gh[n]
                    gAn = gAb[n]
                    gBn = u.dtype.type(0.0)
                    gCn = u.dtype.type(0.0)
                    for c in range(channels):
                        gCn += g[c] * after[c]
                        value = ghn[c] + g[c] * Cn
                        gBn += value * drive[c]
                        gdrive[c] += value * Bn
                        value *= decay[c]
                        through = value * before[c]
                        gd[c] += through * An[c]
                        gAn[c] += through * d[c]
                        ghn[c] = value
                    gB[b, t, n] = gBn
                    gC[b, t, n] = gCn
                for c in range(channels):
                    gu[b, t, c] = gdrive[c] * d[c]
                    gdelta[b, t, c] = gd[c] + gdrive[c] * u[b, t, c]


@cache
def _pool(pid: int, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="scan")  # one per process: threads do not survive a fork


def _over_batch(kernel, batch: int, *arrays: np.ndarray) -> None:
    """Run a kernel over all sequences, a share to each of torch's number of threads."""
    threads = min(torch.get_num_threads(), batch)
    if threads <= 1:
        kernel(0, batch, *arrays)
        return
    cuts = np.linspace(0, batch, threads + 1).astype(int).tolist()
    jobs = [_pool(os.getpid(), threads).submit(kernel, a, b, *arrays) for a, b in pairwise(cuts)]
    for job in jobs:
        job.result()


def _numpy(*tensors: Tensor) -> list[np.ndarray]:
    return [t.detach().contiguous().numpy() for t in tensors]


@torch.library.custom_op("bcb::selective_scan_cpu", mutates_args=(), device_types="cpu")
def scan_cpu(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, initial_state: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """(y (b, l, c), last state (b, c, n), kept states (b, ⌈l/EVERY⌉, n, c)); shapes as `selective_scan`."""
    batch, length, channels = u.shape
    y = torch.empty(u.shape, dtype=u.dtype)
    state = initial_state.detach().mT.clone(memory_format=torch.contiguous_format)
    kept = u.new_empty(batch, -(-length // EVERY), A.shape[1], channels)
    _over_batch(_forward, batch, *_numpy(u, delta, A.mT, B, C), state.numpy(), y.numpy(), kept.numpy())
    return y, state.mT.contiguous(), kept


@scan_cpu.register_fake
def _(u, delta, A, B, C, initial_state):
    kept = u.new_empty(u.shape[0], -(-u.shape[1] // EVERY), A.shape[1], u.shape[2])
    return u.new_empty(u.shape), u.new_empty(initial_state.shape), kept


@torch.library.custom_op("bcb::selective_scan_cpu_backward", mutates_args=(), device_types="cpu")
def scan_cpu_backward(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, kept: Tensor, gy: Tensor, glast: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients of u, delta, A, B, C and the initial state."""
    gstate = glast.detach().mT.clone(memory_format=torch.contiguous_format)
    gu, gdelta = torch.empty(u.shape, dtype=u.dtype), torch.empty(u.shape, dtype=u.dtype)
    gB, gC = torch.empty(B.shape, dtype=u.dtype), torch.empty(B.shape, dtype=u.dtype)
    gA = u.new_zeros(gstate.shape)
    outputs = [g.numpy() for g in (gstate, gu, gdelta, gA, gB, gC)]
    _over_batch(_backward, u.shape[0], *_numpy(u, delta, A.mT, B, C, kept, gy), *outputs)
    return gu, gdelta, gA.sum(0).mT.contiguous(), gB, gC, gstate.mT.contiguous()


@scan_cpu_backward.register_fake
def _(u, delta, A, B, C, kept, gy, glast):
    return tuple(x.new_empty(x.shape) for x in (u, delta, A, B, C, glast))


def _save(ctx, inputs, output):
    u, delta, A, B, C, _ = inputs
    ctx.save_for_backward(u, delta, A, B, C, output[2])


def _grad(ctx, gy, glast, _gkept):
    return scan_cpu_backward(*ctx.saved_tensors, gy, glast)


torch.library.register_autograd("bcb::selective_scan_cpu", _grad, setup_context=_save)

"""The sigmoid and softplus of vectors, made of what `simd.py` has."""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

from numba import types
from numba.extending import overload

from slotssm.scan.cpu.simd import exp2, fma, log, splat_like, where_less

LOG2E = 1.4426950408889634
# artanh(t) / t for t in [0, 1/3], in powers of t², the largest relative error (4e-9) made as small as it gets
A0, A1, A2, A3, A4 = 1.000000004, 0.3333315734, 0.2001245518, 0.1398030087, 0.1408916956


def sigmoid(x):
    """1 / (1 + e^-x)."""
    raise NotImplementedError("compiled only")


def softplus(x):
    """log(1 + e^x), exact on both sides of 0, and without overflow."""
    raise NotImplementedError("compiled only")


def log1p(x):
    """log(1 + x) for x in [0, 1]."""
    raise NotImplementedError("compiled only")


@overload(sigmoid, inline="always")
def _sigmoid(x):
    def compiled(x):
        one = splat_like(x, 1.0)
        return one / (one + exp2(x * splat_like(x, -LOG2E)))

    return compiled


@overload(softplus, inline="always")
def _softplus(x):
    def compiled(x):
        zero = splat_like(x, 0.0)
        size = where_less(x, zero, zero - x, x)
        return where_less(zero, x, x, zero) + log1p(exp2(size * splat_like(x, -LOG2E)))

    return compiled


@overload(log1p, inline="always")
def _log1p(x):
    def single(x):  # log(1 + x) = 2 artanh(x / (2 + x))
        t = x / (x + splat_like(x, 2.0))
        s = t * t
        p = fma(splat_like(x, A4), s, splat_like(x, A3))
        p = fma(fma(fma(p, s, splat_like(x, A2)), s, splat_like(x, A1)), s, splat_like(x, A0))
        return (t + t) * p

    def double(x):  # what 1 + x loses is made up for: Kahan's way
        one = splat_like(x, 1.0)
        y = one + x
        return where_less(one, y, log(y) * x / where_less(one, y, y - one, one), x)

    return single if x.dtype == types.float32 else double

"""The causal convolution and its SiLU on the CPU, in one pass forward and two back, compiled by numba.

b batch · l steps · c channels · w width, v = w − 1
"""

# numba compiles these calls; pyright sees intrinsics with their typing context
# pyright: reportCallIssue=false

from torch import Tensor

from generators.jit import compiled
from slotssm.scan.cpu.blocks import address, cut, pad, rows, whole, zero_of
from slotssm.scan.cpu.scratch import scratch
from slotssm.scan.cpu.simd import LANES, fma, load, pointer, splat_like, store
from slotssm.scan.cpu.threads import groups, over
from slotssm.scan.cpu.vectormath import sigmoid


@compiled()
def _forward(first, last, cuts, zero, sizes, x, weight, bias, state, y):  # pragma: no cover (compiled)
    """Groups first…last. Tensors come as addresses."""
    length, channels, width, x_b, x_t = sizes
    x, weight, bias = pointer(x, zero), pointer(weight, zero), pointer(bias, zero)
    state, y = pointer(state, zero), pointer(y, zero)
    for b in range(cuts[first], cuts[last]):
        for t in range(length):
            for c in range(0, channels, LANES):
                out = load(bias, c)
                for i in range(width):
                    s = t + i - width + 1
                    at = (b * (width - 1) + s + width - 1) * channels + c
                    value = load(state, at) if s < 0 else load(x, b * x_b + s * x_t + c)
                    out = fma(value, load(weight, i * channels + c), out)
                store(y, (b * length + t) * channels + c, out * sigmoid(out))


@compiled()
def _backward(
    first, last, cuts, zero, sizes, x, weight, bias, state, gy, gx, gweight, gbias, gstate
):  # pragma: no cover (compiled)
    """gweight (w, c) and gbias (c,): sums of every group."""
    length, channels, width, x_b, x_t = sizes
    x, weight, bias = pointer(x, zero), pointer(weight, zero), pointer(bias, zero)
    state, gy, gx = pointer(state, zero), pointer(gy, zero), pointer(gx, zero)
    gweight, gbias, gstate = pointer(gweight, zero), pointer(gbias, zero), pointer(gstate, zero)
    inner = scratch((length + width - 1) * LANES, zero)  # the gradient before the SiLU
    inner[length * LANES :] = 0
    for group in range(first, last):
        for b in range(cuts[group], cuts[group + 1]):
            for c in range(0, channels, LANES):
                sum_bias = splat_like(load(bias, c), 0.0)
                for t in range(length):
                    out = load(bias, c)
                    for i in range(width):
                        s = t + i - width + 1
                        at = (b * (width - 1) + s + width - 1) * channels + c
                        value = load(state, at) if s < 0 else load(x, b * x_b + s * x_t + c)
                        out = fma(value, load(weight, i * channels + c), out)
                    gate = sigmoid(out)
                    slope = fma(out * gate, splat_like(gate, 1.0) - gate, gate)
                    g = load(gy, (b * length + t) * channels + c) * slope
                    store(inner, t * LANES, g)
                    sum_bias = sum_bias + g
                at_bias = group * channels + c
                store(gbias, at_bias, load(gbias, at_bias) + sum_bias)
                for i in range(width):
                    at_weight = (group * width + i) * channels + c
                    sum_weight = load(gweight, at_weight)
                    for t in range(length):
                        s = t + i - width + 1
                        at = (b * (width - 1) + s + width - 1) * channels + c
                        value = load(state, at) if s < 0 else load(x, b * x_b + s * x_t + c)
                        sum_weight = fma(load(inner, t * LANES), value, sum_weight)
                    store(gweight, at_weight, sum_weight)
                for s in range(1 - width, length):
                    g = splat_like(load(bias, c), 0.0)
                    for i in range(max(0, -s - width + 1), width):
                        t = s + width - 1 - i
                        if t >= 0:
                            g = fma(load(inner, t * LANES), load(weight, i * channels + c), g)
                    if s < 0:
                        store(gstate, (b * (width - 1) + s + width - 1) * channels + c, g)
                    else:
                        store(gx, (b * length + s) * channels + c, g)


def forward(x: Tensor, weight: Tensor, bias: Tensor, state: Tensor) -> Tensor:
    """y (b, l, c); shapes as `causal_conv`, all of one dtype, float32 or float64."""
    batch, length, channels = x.shape
    y = x.new_empty(batch, length, whole(channels))
    inputs = _Inputs(x, weight, bias, state)
    over(_forward, groups(batch), y.numel() * (len(weight) + 4), *inputs.arguments, address(y))
    return cut(y, channels)


def backward(
    x: Tensor, weight: Tensor, bias: Tensor, state: Tensor, gy: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of x, weight, bias and state."""
    batch, length, channels = x.shape
    cuts, width = groups(batch), whole(channels)
    gx = x.new_empty(batch, length, width)
    gweight, gbias = x.new_zeros(len(cuts) - 1, len(weight), width), x.new_zeros(len(cuts) - 1, width)
    gstate = x.new_empty(batch, len(weight) - 1, width)
    gy = pad(gy, width).contiguous()
    inputs = _Inputs(x, weight, bias, state)
    outputs = (address(t) for t in (gy, gx, gweight, gbias, gstate))
    over(_backward, cuts, gx.numel() * (4 * len(weight) + 8), *inputs.arguments, *outputs)
    return cut(gx, channels), cut(gweight.sum(0), channels), cut(gbias.sum(0), channels), cut(gstate, channels)


class _Inputs:
    """What both kernels begin with: sizes, strides and the inputs' addresses. It holds on to the tensors."""

    def __init__(self, x, weight, bias, state):
        width = whole(x.shape[2])
        x = rows(pad(x, width))
        weight, bias, state = (pad(t, width).contiguous() for t in (weight, bias, state))
        self.tensors = (x, weight, bias, state)
        sizes = (x.shape[1], width, len(weight), *x.stride()[:2])
        self.arguments = (zero_of(x), sizes, *(address(t) for t in self.tensors))

"""The causal depth-wise convolution before a scan, with its SiLU and its streaming state.

    y_t = SiLU(bias + Σ_i weight_i ∘ x_{t−w+1+i}),   the last w − 1 inputs being what a stream remembers

Source: PAPER §2; Gu and Dao, "Mamba", arXiv 2312.00752, §3.4.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from slotssm.scan.backends import choose
from slotssm.scan.inputs import check, core_dtype


def causal_conv(
    x: Float[Tensor, "b l c"],
    weight: Float[Tensor, "w c"],
    bias: Float[Tensor, " c"],
    state: Float[Tensor, "b v c"],
    backend: str = "auto",
) -> tuple[Float[Tensor, "b l c"], Float[Tensor, "b v c"]]:
    """(y, the next state): v = w − 1 inputs before the first go in, the last v come out.

    All in x's dtype. Raises ValueError for tensors that don't go together, and for a backend that can't compute them.
    """
    if x.ndim != 3 or weight.ndim != 2:
        shapes = f"{tuple(x.shape)} and {tuple(weight.shape)}"
        raise ValueError(f"x is (batch, length, channels) and weight (width, channels), not {shapes}")
    (b, length, c), w = x.shape, len(weight)
    wanted = {
        "x": (x, (b, length, c)),
        "weight": (weight, (w, c)),
        "bias": (bias, (c,)),
        "state": (state, (b, w - 1, c)),
    }
    check(wanted, "weight")
    state = state.to(x.dtype)
    after = torch.cat([state, x[:, -len(weight) :]], dim=1)
    if choose(backend, x.device) == "numba" and x.numel():
        core = core_dtype(x.dtype)
        y = causal_conv_op(*(t.to(core) for t in (x, weight, bias, state))).to(x.dtype)
    else:
        y = causal_conv_reference(x, weight, bias, state)
    return y, after[:, after.shape[1] - state.shape[1] :]


def causal_conv_reference(x: Tensor, weight: Tensor, bias: Tensor, state: Tensor) -> Tensor:
    """y, as a sum of shifted copies: torch's grouped conv1d is many times slower on the CPU for so narrow a kernel."""
    padded = torch.cat([state, x], dim=1)
    taps = (padded[:, i : i + x.shape[1]] * w for i, w in enumerate(weight.to(x.dtype)))
    return F.silu(sum(taps, bias.to(x.dtype)))


@torch.library.custom_op("bcb::causal_conv", mutates_args=(), device_types="cpu")
def causal_conv_op(x: Tensor, weight: Tensor, bias: Tensor, state: Tensor) -> Tensor:
    """y, in one pass; shapes as `causal_conv`, one dtype."""
    from slotssm.scan.cpu import conv

    return conv.forward(x, weight, bias, state)


@causal_conv_op.register_fake
def _(x, weight, bias, state):
    return x.new_empty(x.shape)


@torch.library.custom_op("bcb::causal_conv_backward", mutates_args=(), device_types="cpu")
def causal_conv_backward_op(
    x: Tensor, weight: Tensor, bias: Tensor, state: Tensor, gy: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of x, weight, bias and state."""
    from slotssm.scan.cpu import conv

    return conv.backward(x, weight, bias, state, gy)


@causal_conv_backward_op.register_fake
def _(x, weight, bias, state, gy):
    return tuple(t.new_empty(t.shape) for t in (x, weight, bias, state))


torch.library.register_autograd(
    "bcb::causal_conv",
    lambda ctx, gy: causal_conv_backward_op(*ctx.saved_tensors, gy),
    setup_context=lambda ctx, inputs, output: ctx.save_for_backward(*inputs),
)
torch.library.register_autocast("bcb::causal_conv", "cpu", torch.float32)

"""The fused causal convolution against the sum of shifted copies, gradients included."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slotssm.scan import causal_conv
from slotssm.scan.conv import causal_conv_op


def inputs(batch=2, length=7, channels=5, width=4, dtype=torch.float64, seed=0):
    rng = torch.Generator().manual_seed(seed)
    shapes = ((batch, length, channels), (width, channels), (channels,), (batch, width - 1, channels))
    return [torch.randn(*shape, dtype=dtype, generator=rng).requires_grad_() for shape in shapes]


def run(args, backend):
    y, state = causal_conv(*args, backend=backend)
    weights = [torch.linspace(-1, 1, t.numel(), dtype=t.dtype).view_as(t) for t in (y, state)]
    return [y, state, *torch.autograd.grad((y * weights[0]).sum() + (state * weights[1]).sum(), args)]


@settings(max_examples=40)
@given(
    batch=st.integers(1, 4),
    length=st.integers(1, 12),
    channels=st.integers(1, 70),
    width=st.integers(2, 5),
    seed=st.integers(0, 99),
)
def test_any_shape_is_the_reference(batch, length, channels, width, seed):
    args = inputs(batch, length, channels, width, seed=seed)
    torch.testing.assert_close(run(args, "numba"), run(args, "reference"))


def test_gradcheck():
    assert torch.autograd.gradcheck(causal_conv, inputs(1, 5, 3))  # every derivative, not a random sum of them


def test_forward_mode_agrees_with_reverse_and_with_differences():
    args = inputs(1, 5, 3)
    assert torch.autograd.gradcheck(causal_conv, args, check_forward_ad=True, check_backward_ad=False)
    at = tuple(t.detach() for t in args)
    tangents = tuple(torch.ones_like(t) for t in args)
    forward = torch.func.jvp(lambda x, w, b, s: causal_conv(x, w, b, s)[0].sum(), at, tangents)[1]
    reverse = torch.autograd.grad(causal_conv(*args, backend="auto")[0].sum(), args)
    torch.testing.assert_close(forward, sum(g.sum() for g in reverse))


def test_forward_mode_of_the_kernel_is_refused():
    args = tuple(t.detach() for t in inputs())
    with pytest.raises(ValueError, match="backend numba has no forward-mode derivatives; choose reference"):
        torch.func.jvp(lambda *given: causal_conv(*given, backend="numba"), args, args)


@pytest.mark.parametrize("backend", ["numba", "reference"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_backend_answers_in_the_dtype_of_x(backend, dtype):
    x, weight, bias, state = (t.detach() for t in inputs())
    assert {t.dtype for t in causal_conv(x.to(dtype), weight, bias, state, backend=backend)} == {dtype}


def test_float32_is_close_to_float64():
    exact = inputs(length=300, channels=40)
    got = run([t.detach().float().requires_grad_() for t in exact], "numba")
    for a, b in zip(got, run(exact, "reference"), strict=True):
        assert ((a.double() - b).norm() / b.norm()).item() < 1e-5


def test_a_view_of_a_wider_tensor_is_read_where_it_lies():
    wide = torch.randn(2, 6, 64, dtype=torch.float64)
    weight, bias, state = inputs(2, 6, 32)[1:]
    left, right = wide.chunk(2, dim=-1)
    for view in (left, right, wide[:, ::2, :32], wide[..., ::2]):
        got, want = causal_conv(view, weight, bias, state), causal_conv(view, weight, bias, state, backend="reference")
        torch.testing.assert_close(got, want)


@pytest.mark.parametrize("cut", [1, 2, 3, 9])
def test_a_sequence_cut_in_two_is_the_whole(cut):
    x, weight, bias, state = inputs(length=10)
    whole, end = causal_conv(x, weight, bias, state)
    first, between = causal_conv(x[:, :cut], weight, bias, state)
    second, last = causal_conv(x[:, cut:], weight, bias, between)
    torch.testing.assert_close(torch.cat([first, second], 1), whole)
    torch.testing.assert_close(last, end)


def test_the_number_of_threads_changes_no_bit():
    args = inputs(batch=5, length=400, channels=64, dtype=torch.float32)
    before, results = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(run(args, "numba"))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_the_custom_op_keeps_torchs_promises():
    torch.library.opcheck(causal_conv_op, tuple(inputs(length=9)))

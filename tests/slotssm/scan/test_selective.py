"""The fused scan against the plain recurrence in float64, gradients included."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slotssm.scan import causal_conv, selective_scan, selective_scan_reference
from slotssm.scan.cpu.selective import every
from slotssm.scan.selective_op import selective_scan_op

EVERY = every(3)


def inputs(batch=2, length=7, channels=5, n=3, dtype=torch.float64, seed=0) -> dict[str, Any]:
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, dtype=dtype, generator=rng).requires_grad_()

    A = (-torch.rand(channels, n, dtype=dtype, generator=rng) * 8 - 0.1).requires_grad_()
    x = {
        "u": normal(batch, length, channels),
        "delta": normal(batch, length, channels),
        "A": A,
        "B": normal(batch, length, n),
        "C": normal(batch, length, n),
        "D": normal(channels),
        "z": normal(batch, length, channels),
        "delta_bias": normal(channels),
        "initial_state": normal(batch, channels, n),
    }
    return x


def run(scan, x):
    """Outputs and all gradients, through both the outputs and the last state."""
    y, last = scan(**x, delta_softplus=True)
    weight = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)
    state_weight = torch.linspace(1, -1, last.numel(), dtype=y.dtype).view_as(last)
    gradients = torch.autograd.grad((y * weight).sum() + (last * state_weight).sum(), list(x.values()))
    return [y.detach(), last.detach(), *gradients]


def error(got, want):
    """Largest relative error, by norm, of any of the tensors."""
    pairs = [(a.double(), b.double()) for a, b in zip(got, want, strict=True)]
    return max(((a - b).norm() / b.norm().clamp_min(1e-30)).item() for a, b in pairs)


# Around the ends of the kernel's chunks, and of two of 32 or one of 64 steps; then the paper's shortest and an odd one.
LENGTHS = sorted({1, 2, EVERY - 1, EVERY, EVERY + 1, 63, 64, 65, 80, 257})  # and 2560 in float32


@pytest.mark.parametrize("length", LENGTHS)
def test_float64_is_the_reference(length):
    x = inputs(length=length)
    assert error(run(selective_scan, x), run(selective_scan_reference, x)) < 1e-12


@pytest.mark.parametrize("length", [*LENGTHS, 2560])
def test_float32_is_within_1e_5_of_the_float64_reference(length):
    exact = inputs(length=length, channels=17, n=16)
    single = {k: v.detach().float().requires_grad_() for k, v in exact.items()}
    assert error(run(selective_scan, single), run(selective_scan_reference, exact)) < 1e-5


@settings(max_examples=25)
@given(
    batch=st.integers(1, 4),
    length=st.integers(1, 2 * EVERY + 3),
    channels=st.integers(1, 9),
    n=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_any_shape(batch, length, channels, n, seed):
    x = inputs(batch, length, channels, n, seed=seed)
    assert error(run(selective_scan, x), run(selective_scan_reference, x)) < 1e-11


def test_gradcheck():
    x = inputs(batch=1, length=EVERY + 2, channels=2, n=2)

    def f(*values):
        return selective_scan(**dict(zip(x, values, strict=True)), delta_softplus=True)

    assert torch.autograd.gradcheck(f, tuple(x.values()))  # every derivative, not a random sum of them


def test_forward_mode_agrees_with_reverse_and_with_differences():
    """`gradcheck` compares dual tensors with differences; here, torch.func with the reverse mode of the kernel."""
    x = inputs(length=5)
    assert torch.autograd.gradcheck(
        lambda *v: selective_scan(**dict(zip(x, v, strict=True)), delta_softplus=True),
        tuple(x.values()),
        check_forward_ad=True,
        check_backward_ad=False,
        fast_mode=True,
    )
    tangents = {k: torch.ones_like(v) for k, v in x.items()}

    def f(given):
        y, last = selective_scan(**given, delta_softplus=True)
        return y.sin().sum() + last.sin().sum()

    forward = torch.func.jvp(f, ({k: v.detach() for k, v in x.items()},), (tangents,))[1]
    torch.testing.assert_close(forward, sum(g.sum() for g in torch.autograd.grad(f(x), list(x.values()))))


def test_forward_mode_of_a_kernel_is_refused():
    x = {k: v.detach() for k, v in inputs().items()}
    with pytest.raises(ValueError, match="backend numba has no forward-mode derivatives; choose reference"):
        torch.func.jvp(lambda first: selective_scan(**x | {"u": first}, backend="numba"), (x["u"],), (x["u"],))


def test_optional_inputs_may_be_left_out():
    x = {k: v for k, v in inputs().items() if k in ("u", "delta", "A", "B", "C")}
    x["delta"] = x["delta"].detach().abs().requires_grad_()
    for got, want in zip(selective_scan(**x), selective_scan_reference(**x), strict=True):
        torch.testing.assert_close(got, want)


def test_a_sequence_cut_in_two_is_the_whole():
    x = inputs(length=50)
    whole, last = selective_scan(**x, delta_softplus=True)
    cut = 33
    first = {k: v[:, :cut] if k in ("u", "delta", "B", "C", "z") else v for k, v in x.items()}
    second = {k: v[:, cut:] if k in ("u", "delta", "B", "C", "z") else v for k, v in x.items()}
    y1, state = selective_scan(**first, delta_softplus=True)
    y2, end = selective_scan(**{**second, "initial_state": state}, delta_softplus=True)
    torch.testing.assert_close(torch.cat([y1, y2], 1), whole)
    torch.testing.assert_close(end, last)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_deltas_stay_finite(dtype):
    x = inputs(length=40, dtype=dtype)
    x["delta"] = torch.where(torch.rand_like(x["delta"]) < 0.5, 0.0, 20.0).detach().requires_grad_()
    y, last = selective_scan(**{k: v for k, v in x.items() if k != "delta_bias"})
    y_ref, last_ref = selective_scan_reference(**{k: v for k, v in x.items() if k != "delta_bias"})
    gradients = torch.autograd.grad(y.sum() + last.sum(), [v for k, v in x.items() if k != "delta_bias"])
    assert all(torch.isfinite(t).all() for t in (y, last, *gradients))
    torch.testing.assert_close(y, y_ref)
    torch.testing.assert_close(last, last_ref)


def test_the_number_of_threads_changes_no_bit():
    x = inputs(batch=70, length=100, channels=64, dtype=torch.float32)  # enough to be shared
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(run(selective_scan, x))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


@pytest.mark.parametrize("n", [3, 16, 40, 200])
def test_states_of_any_size(n):
    """The chunks that the backward pass recomputes get shorter as the state gets larger."""
    x = inputs(length=50, n=n)
    assert error(run(selective_scan, x), run(selective_scan_reference, x)) < 1e-12


def test_what_is_saved_for_the_backward_pass():
    """The inputs, and a state every so many steps: nothing of the size of the states of all steps."""
    length, channels, n = 640, 64, 16
    x = {k: v.detach().requires_grad_() for k, v in inputs(2, length, channels, n, torch.float32).items()}
    saved: dict[int, int] = {}
    given = {v.data_ptr() for v in x.values()}

    def note(tensor):
        saved[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        selective_scan(**x, delta_softplus=True)
    per_token = sum(size for at, size in saved.items() if at not in given) / (2 * length)
    assert per_token <= 1.01 * 4 * channels * n / every(n)


def test_without_gradients_nothing_is_kept():
    x = {k: v.detach() for k, v in inputs().items()}
    args = [x[k] for k in ("u", "delta", "A", "B", "C", "D", "z", "delta_bias")]
    for keep, size in ((True, 1), (False, 0)):
        kept = selective_scan_op(*args, True, x["initial_state"], keep, "numba")[2]
        assert min(kept.numel(), 1) == size


def test_gradients_twice_through_one_graph():
    x = inputs(length=EVERY + 3)
    y, _ = selective_scan(**x, delta_softplus=True)
    first = torch.autograd.grad(y.sum(), list(x.values()), retain_graph=True)
    assert all(torch.equal(a, b) for a, b in zip(first, torch.autograd.grad(y.sum(), list(x.values())), strict=True))


@pytest.mark.parametrize("strided", ["u", "delta", "B", "C", "z", "A", "initial_state"])
def test_views_are_read_as_they_lie(strided):
    x = inputs(channels=32)
    wide = torch.cat([x[strided], x[strided] + 1], -1).detach()
    for view in (wide.chunk(2, -1)[1], wide[..., ::2], x[strided].detach().mT.contiguous().mT):
        viewed: dict[str, Any] = {**x, strided: view}
        got, want = (scan(**viewed, delta_softplus=True) for scan in (selective_scan, selective_scan_reference))
        torch.testing.assert_close(got, want)


def test_more_sequences_than_a_gpu_has_blocks_along_an_axis():
    x = inputs(batch=70_000, length=2, channels=2, n=2)
    torch.testing.assert_close(selective_scan(**x), selective_scan_reference(**x))


def test_half_precision_is_computed_in_float32():
    x = {k: v.detach().bfloat16() for k, v in inputs().items()}
    y, last = selective_scan(**x, delta_softplus=True)
    y32, _ = selective_scan(**{k: v.float() for k, v in x.items()}, delta_softplus=True)
    assert y.dtype == last.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), y32, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("backend", ["numba", "reference"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_backend_answers_in_the_dtype_of_the_first_input(backend, dtype):
    x = {k: v.detach() for k, v in inputs().items()}
    x["u"] = x["u"].to(dtype)
    for some in (x, {k: v[:, :0] if k in ("u", "delta", "B", "C", "z") else v for k, v in x.items()}):
        assert {t.dtype for t in selective_scan(**some, backend=backend)} == {dtype}


@pytest.mark.parametrize("left_out", [(), ("D", "z", "delta_bias", "initial_state")])
def test_the_custom_op_keeps_torchs_promises(left_out):
    x = {k: None if k in left_out else v for k, v in inputs(length=EVERY + 1).items()}
    names = ("u", "delta", "A", "B", "C", "D", "z", "delta_bias")
    torch.library.opcheck(selective_scan_op, (*(x[k] for k in names), True, x["initial_state"], True, "numba"))


def test_what_does_not_go_together_never_reaches_the_kernel(unchecked):
    u, A, B = torch.ones(2, 5, 3), -torch.ones(3, 4), torch.ones(2, 5, 4)
    good = {"u": u, "delta": u, "A": A, "B": B, "C": B, "D": torch.ones(3), "z": u, "delta_bias": torch.ones(3),
            "initial_state": torch.ones(2, 3, 4)}  # fmt: skip
    selective_scan(**good)
    for name, tensor in good.items():
        for wrong in (tensor[:1], tensor[..., :2], tensor[..., None], tensor.int(), tensor.cfloat(), tensor.to("meta")):
            with pytest.raises(ValueError, match=r"^\w+ is "):
                selective_scan(**good | {name: wrong})


def test_what_does_not_go_together_never_reaches_the_convolution(unchecked):
    good = {"x": torch.ones(2, 5, 3), "weight": torch.ones(4, 3), "bias": torch.ones(3), "state": torch.ones(2, 3, 3)}
    causal_conv(**good)
    for name in ("weight", "bias", "state"):
        tensor = good[name]
        for wrong in (tensor[..., :2], tensor[None], tensor.int(), tensor.cfloat(), tensor.to("meta")):
            with pytest.raises(ValueError, match=r"^\w+ is "):
                causal_conv(**good | {name: wrong})

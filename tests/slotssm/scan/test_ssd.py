"""The fused and the chunked SSD scan against the plain recurrence in float64, gradients included."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slotssm.scan import ssd_scan, ssd_scan_reference, use_backend
from slotssm.scan.chunked import CHUNK, ssd_scan_chunked
from slotssm.scan.cpu.ssd import EVERY
from slotssm.scan.ssd_op import ssd_scan_op

FAST = pytest.mark.parametrize("fast", [ssd_scan, ssd_scan_chunked])
ALONG_TIME = ("x", "delta", "B", "C", "z")


def inputs(batch=2, length=7, heads=2, p=3, n=3, dtype=torch.float64, seed=0) -> dict[str, Any]:
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, dtype=dtype, generator=rng).requires_grad_()

    return {
        "x": normal(batch, length, heads, p),
        "delta": normal(batch, length, heads),
        "A": (-torch.rand(heads, dtype=dtype, generator=rng) * 15 - 0.1).requires_grad_(),
        "B": normal(batch, length, n),
        "C": normal(batch, length, n),
        "D": normal(heads),
        "z": normal(batch, length, heads, p),
        "delta_bias": normal(heads),
        "initial_state": normal(batch, heads, p, n),
    }


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


# Around the ends of the kernel's chunks and of the chunked form's, 64 steps; then the paper's shortest and an odd one.
LENGTHS = sorted({1, 2, EVERY - 1, EVERY, EVERY + 1, 63, 64, 65, 80, 257})  # and 2560 in float32


@FAST
@pytest.mark.parametrize("length", LENGTHS)
def test_float64_is_the_reference(fast, length):
    x = inputs(length=length)
    assert error(run(fast, x), run(ssd_scan_reference, x)) < 1e-11


@pytest.mark.parametrize("length", [*LENGTHS, 2560])
def test_float32_is_within_1e_5_of_the_float64_reference(length):
    exact = inputs(length=length, p=17, n=16)
    single = {k: v.detach().float().requires_grad_() for k, v in exact.items()}
    want = run(ssd_scan_reference, exact)
    assert error(run(ssd_scan, single), want) < 1e-5
    assert error(run(ssd_scan_chunked, single), want) < 1e-5


@settings(max_examples=25)
@given(
    batch=st.integers(1, 3),
    length=st.integers(1, 2 * EVERY + 3),
    heads=st.integers(1, 4),
    p=st.integers(1, 40),
    n=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_any_shape(batch, length, heads, p, n, seed):
    x = inputs(batch, length, heads, p, n, seed=seed)
    want = run(ssd_scan_reference, x)
    assert error(run(ssd_scan, x), want) < 1e-11
    assert error(run(lambda **x: ssd_scan_chunked(**x, chunk=8), x), want) < 1e-11


@FAST
def test_gradcheck(fast):
    x = inputs(batch=1, length=EVERY + 2, heads=2, p=2, n=2)

    def f(*values):
        return fast(**dict(zip(x, values, strict=True)), delta_softplus=True)

    assert torch.autograd.gradcheck(f, tuple(x.values()))  # every derivative, not a random sum of them


def test_forward_mode_agrees_with_reverse_and_with_differences():
    """`gradcheck` compares dual tensors with differences; here, torch.func with the reverse mode of the kernel."""
    x = inputs(length=5)
    assert torch.autograd.gradcheck(
        lambda *v: ssd_scan(**dict(zip(x, v, strict=True)), delta_softplus=True),
        tuple(x.values()),
        check_forward_ad=True,
        check_backward_ad=False,
        fast_mode=True,
    )
    tangents = {k: torch.ones_like(v) for k, v in x.items()}

    def f(given):
        y, last = ssd_scan(**given, delta_softplus=True)
        return y.sin().sum() + last.sin().sum()

    forward = torch.func.jvp(f, ({k: v.detach() for k, v in x.items()},), (tangents,))[1]
    torch.testing.assert_close(forward, sum(g.sum() for g in torch.autograd.grad(f(x), list(x.values()))))


def test_forward_mode_of_a_kernel_is_refused():
    x = {k: v.detach() for k, v in inputs().items()}
    with pytest.raises(ValueError, match="backend numba has no forward-mode derivatives; choose reference"):
        torch.func.jvp(lambda first: ssd_scan(**x | {"x": first}, backend="numba"), (x["x"],), (x["x"],))


@FAST
@pytest.mark.parametrize("left_out", ["D", "z", "delta_bias", "initial_state"])
def test_optional_inputs_may_be_left_out(fast, left_out):
    x = {k: v for k, v in inputs(length=EVERY + 5).items() if k != left_out}
    assert error(run(fast, x), run(ssd_scan_reference, x)) < 1e-11


@FAST
def test_a_sequence_cut_in_two_is_the_whole(fast):
    x = inputs(length=90)
    whole, last = fast(**x, delta_softplus=True)
    cut = 33
    first = {k: v[:, :cut] if k in ALONG_TIME else v for k, v in x.items()}
    second = {k: v[:, cut:] if k in ALONG_TIME else v for k, v in x.items()}
    y1, state = fast(**first, delta_softplus=True)
    y2, end = fast(**{**second, "initial_state": state}, delta_softplus=True)
    torch.testing.assert_close(torch.cat([y1, y2], 1), whole)
    torch.testing.assert_close(end, last)


@FAST
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_extreme_deltas_stay_finite_and_exact(fast, dtype):
    x = inputs(length=90, dtype=dtype)
    del x["delta_bias"]
    x["delta"] = torch.where(torch.rand_like(x["delta"]) < 0.5, 0.0, 20.0).detach().requires_grad_()
    y, last = fast(**x)
    gradients = torch.autograd.grad(y.sum() + last.sum(), list(x.values()))
    assert all(torch.isfinite(t).all() for t in (y, last, *gradients))
    want = ssd_scan_reference(**{k: v.double() for k, v in x.items()})
    assert error((y, last), want) < (1e-6 if dtype == torch.float32 else 1e-13)


def test_a_slow_decay_after_a_fast_one_keeps_its_digits():
    """A sum of 10^4 would swallow what follows it, had the chunked form not taken its sums in float64."""
    x = {k: v.detach() for k, v in inputs(length=CHUNK, dtype=torch.float32).items() if k in ("x", "A", "B", "C")}
    delta = torch.full((2, CHUNK, 2), 1e-4)
    delta[:, : CHUNK // 2] = 100.0
    want, _ = ssd_scan_reference(**{k: v.double() for k, v in x.items()}, delta=delta.double())
    for fast in (ssd_scan, ssd_scan_chunked):
        assert error([fast(**x, delta=delta)[0][:, CHUNK // 2 :]], [want[:, CHUNK // 2 :]]) < 1e-6


def test_the_number_of_threads_changes_no_bit():
    x = inputs(batch=5, length=200, heads=2, p=32, n=16, dtype=torch.float32)  # large enough to be shared
    before = torch.get_num_threads()
    try:
        results = []
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            results.append(run(ssd_scan, x))
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other, strict=True))


def test_what_is_saved_for_the_backward_pass():
    """The inputs, and a state every so many steps: nothing of the size of the states of all steps."""
    length, heads, p, n = 640, 2, 32, 16
    x = {k: v.detach().requires_grad_() for k, v in inputs(2, length, heads, p, n, torch.float32).items()}
    saved: dict[int, int] = {}
    given = {v.data_ptr() for v in x.values()}

    def note(tensor):
        saved[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        ssd_scan(**x, delta_softplus=True)
    per_token = sum(size for at, size in saved.items() if at not in given) / (2 * length)
    assert per_token <= 1.01 * 4 * heads * p * n / EVERY


def test_without_gradients_nothing_is_kept():
    x = {k: v.detach() for k, v in inputs().items()}
    args = [x[k] for k in ("x", "delta", "A", "B", "C", "D", "z", "delta_bias")]
    for keep, size in ((True, 1), (False, 0)):
        kept = ssd_scan_op(*args, True, x["initial_state"], keep, "numba")[2]
        assert min(kept.numel(), 1) == size


@pytest.mark.parametrize("strided", ["x", "delta", "B", "C", "z", "initial_state"])
def test_views_are_read_as_they_lie(strided):
    x = inputs(p=32)
    wide = torch.cat([x[strided], x[strided] + 1], -1).detach()
    for view in (wide.chunk(2, -1)[1], wide[..., ::2], x[strided].detach().mT.contiguous().mT):
        viewed: dict[str, Any] = {**x, strided: view}
        got, want = (scan(**viewed, delta_softplus=True) for scan in (ssd_scan, ssd_scan_reference))
        torch.testing.assert_close(got, want)


def test_half_precision_is_computed_in_float32():
    x = {k: v.detach().bfloat16() for k, v in inputs().items()}
    y, last = ssd_scan(**x, delta_softplus=True)
    y32, _ = ssd_scan(**{k: v.float() for k, v in x.items()}, delta_softplus=True)
    assert y.dtype == last.dtype == torch.bfloat16
    torch.testing.assert_close(y.float(), y32, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("backend", ["numba", "reference"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_backend_answers_in_the_dtype_of_the_first_input(backend, dtype):
    x = {k: v.detach() for k, v in inputs().items()}
    x["x"] = x["x"].to(dtype)
    for some in (x, {k: v[:, :0] if k in ALONG_TIME else v for k, v in x.items()}):
        assert {t.dtype for t in ssd_scan(**some, backend=backend)} == {dtype}


def test_without_a_kernel_the_chunked_form_computes_unless_the_loop_is_asked_for(monkeypatch):
    x = inputs(length=90, dtype=torch.float32)
    loop, chunked = (scan(**x, delta_softplus=True)[0] for scan in (ssd_scan_reference, ssd_scan_chunked))
    monkeypatch.setattr("slotssm.scan.ssd.choose", lambda backend, device: "reference")
    with torch.autocast("cpu", torch.bfloat16):  # in which its products must not be taken
        assert torch.equal(ssd_scan(**x, delta_softplus=True)[0], chunked)
    with use_backend("reference"):
        assert torch.equal(ssd_scan(**x, delta_softplus=True)[0], loop)


@pytest.mark.parametrize("left_out", [(), ("D", "z", "delta_bias", "initial_state")])
def test_the_custom_op_keeps_torchs_promises(left_out):
    x = {k: None if k in left_out else v for k, v in inputs(length=EVERY + 1).items()}
    names = ("x", "delta", "A", "B", "C", "D", "z", "delta_bias")
    torch.library.opcheck(ssd_scan_op, (*(x[k] for k in names), True, x["initial_state"], True, "numba"))


def test_what_does_not_go_together_never_reaches_the_kernel(unchecked):
    x, delta, A, B = torch.ones(2, 5, 3, 6), torch.ones(2, 5, 3), -torch.ones(3), torch.ones(2, 5, 4)
    good = {"x": x, "delta": delta, "A": A, "B": B, "C": B, "D": torch.ones(3), "z": x, "delta_bias": torch.ones(3),
            "initial_state": torch.ones(2, 3, 6, 4)}  # fmt: skip
    ssd_scan(**good)
    for name, tensor in good.items():
        for wrong in (tensor[:1], tensor[..., :2], tensor[..., None], tensor.int(), tensor.cfloat(), tensor.to("meta")):
            with pytest.raises(ValueError, match=r"^\w+ is "):
                ssd_scan(**good | {name: wrong})

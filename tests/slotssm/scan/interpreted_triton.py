"""The Triton kernels against the plain recurrences, gradients included. Run by test_triton.py, with TRITON_INTERPRET=1.

numpy then does what the GPU would, slowly: sizes are tiny.
"""

import pytest
import torch

from slotssm.scan.gpu import launch
from slotssm.scan.reference import selective_scan_reference
from slotssm.scan.reference_ssd import ssd_scan_reference
from slotssm.scan.selective import selective_scan
from slotssm.scan.selective_op import selective_scan_op
from slotssm.scan.ssd import ssd_scan
from slotssm.scan.ssd_op import ssd_scan_op

EVERY = launch.EVERY
REFERENCE = {selective_scan: selective_scan_reference, ssd_scan: ssd_scan_reference}
both = pytest.mark.parametrize("scan", [selective_scan, ssd_scan])
OPTIONAL = ("D", "z", "delta_bias", "initial_state")


def inputs(scan, batch=2, length=7, channels=5, n=3, heads=2, dtype=torch.float64):
    """Of S6 with so many channels, or of SSD with so many channels in each head."""
    rng = torch.Generator().manual_seed(0)
    s6 = scan is selective_scan
    outer = (channels,) if s6 else (heads,)
    inner = outer if s6 else (heads, channels)

    def normal(*shape):
        return torch.randn(*shape, dtype=dtype, generator=rng)

    x = {
        "u" if s6 else "x": normal(batch, length, *inner),
        "delta": normal(batch, length, *outer),
        "A": -normal(*outer, n).abs() * 4 - 0.1 if s6 else -normal(*outer).abs() * 4 - 0.1,
        "B": normal(batch, length, n),
        "C": normal(batch, length, n),
        "D": normal(*outer),
        "z": normal(batch, length, *inner),
        "delta_bias": normal(*outer),
        "initial_state": normal(batch, *inner, n),
    }
    return {k: v.requires_grad_() for k, v in x.items()}


def triton(scan):
    return lambda **x: scan(**x, backend="triton")


def run(scan, x, softplus=True):
    """Outputs and all gradients, through both the outputs and the last state."""
    y, last = scan(**x, delta_softplus=softplus)
    weight = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view_as(y)
    state_weight = torch.linspace(1, -1, last.numel(), dtype=y.dtype).view_as(last)
    gradients = torch.autograd.grad((y * weight).sum() + (last * state_weight).sum(), list(x.values()))
    return [y.detach(), last.detach(), *gradients]


def error(got, want):
    """Largest relative error, by norm, of any of the tensors."""
    pairs = [(a.double(), b.double()) for a, b in zip(got, want, strict=True)]
    return max(((a - b).norm() / b.norm().clamp_min(1e-30)).item() for a, b in pairs)


def check(scan, x, softplus=True, within=1e-12):
    assert error(run(triton(scan), x, softplus), run(REFERENCE[scan], x, softplus)) < within


@both
@pytest.mark.parametrize("length", [1, 2, EVERY - 1, EVERY, EVERY + 1, 80])
def test_float64_is_the_reference(scan, length):
    check(scan, inputs(scan, batch=1, length=length))


@both
@pytest.mark.parametrize(("channels", "n"), [(1, 1), (3, 16), (launch.BLOCK + 1, 2)])
def test_any_number_of_channels_and_states(scan, channels, n):
    check(scan, inputs(scan, length=3, channels=channels, n=n))


@both
def test_float32_is_within_1e_5_of_the_float64_reference(scan):
    exact = inputs(scan, batch=1, length=33, channels=17, n=16)
    single = {k: v.detach().float().requires_grad_() for k, v in exact.items()}
    assert error(run(triton(scan), single), run(REFERENCE[scan], exact)) < 1e-5


@both
@pytest.mark.parametrize("left_out", [*((name,) for name in OPTIONAL), OPTIONAL])
def test_optional_inputs_may_be_left_out(scan, left_out):
    check(scan, {k: v for k, v in inputs(scan, batch=1, length=3).items() if k not in left_out})


@both
def test_steps_may_be_given_as_they_are(scan):
    x = inputs(scan, batch=1, length=3)
    x["delta"] = (x["delta"].detach().abs() + 2).requires_grad_()  # so that they are positive with their bias, too
    check(scan, x, softplus=False)


@both
def test_sequences_may_share_a_program(scan, monkeypatch):
    """As they do where there are very many."""
    monkeypatch.setattr(launch, "GROUPS", 2)
    check(scan, inputs(scan, batch=5, length=3))


@both
def test_inputs_may_be_views_with_gaps(scan):
    wide = inputs(scan, length=3, channels=4, n=8)
    halves = {
        k: v.detach().chunk(2, -1)[0].requires_grad_() if k not in ("A", "D", "delta", "delta_bias") else v
        for k, v in wide.items()
    }
    if scan is selective_scan:
        halves |= {k: wide[k].detach()[..., :2].requires_grad_() for k in ("delta", "D", "delta_bias")}
        halves["A"] = wide["A"].detach()[:2, :4].requires_grad_()
    halves["initial_state"] = wide["initial_state"].detach()[..., :2, :4].requires_grad_()
    assert not next(iter(halves.values())).is_contiguous()
    check(scan, halves)


@both
def test_a_sequence_cut_in_two_is_the_whole(scan):
    x = {k: v.detach() for k, v in inputs(scan, batch=1, length=EVERY + 4).items()}
    in_time = [k for k, v in x.items() if v.ndim > 2 and k != "initial_state"]
    whole, last = triton(scan)(**x, delta_softplus=True)
    first = x | {k: x[k][:, :EVERY] for k in in_time}
    second = x | {k: x[k][:, EVERY:] for k in in_time}
    y1, state = triton(scan)(**first, delta_softplus=True)
    y2, end = triton(scan)(**{**second, "initial_state": state}, delta_softplus=True)
    torch.testing.assert_close(torch.cat([y1, y2], 1), whole)
    torch.testing.assert_close(end, last)


@both
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("extremes", "softplus"), [((0.0, 20.0), False), ((-100.0, 100.0), True), ((-8.0, 19.5), True)]
)
def test_extreme_deltas_stay_exact(scan, dtype, extremes, softplus):
    """The last of them: where log(1 + e^x) in float32 would be wrong by 10^-4."""
    x = inputs(scan, batch=1, length=9)
    low, high = (torch.tensor(extreme, dtype=torch.float64) for extreme in extremes)
    x["delta"] = torch.where(x["delta"].detach() < 0.5, low, high).requires_grad_()
    del x["delta_bias"]
    cast = {k: v.detach().to(dtype).requires_grad_() for k, v in x.items()}
    got = run(triton(scan), cast, softplus)
    assert all(torch.isfinite(t).all() for t in got)
    assert error(got, run(REFERENCE[scan], x, softplus)) < (1e-5 if dtype == torch.float32 else 1e-12)


@both
def test_gradcheck(scan):
    x = inputs(scan, batch=1, length=3, channels=2, n=2)

    def f(*values):
        return triton(scan)(**dict(zip(x, values, strict=True)), delta_softplus=True)

    assert torch.autograd.gradcheck(f, tuple(x.values()), fast_mode=True)


@both
def test_without_gradients_the_outputs_are_the_same(scan):
    x = inputs(scan, batch=1, length=EVERY + 1)
    y, last = triton(scan)(**x, delta_softplus=True)
    with torch.no_grad():
        y2, last2 = triton(scan)(**x, delta_softplus=True)
    assert torch.equal(y, y2)
    assert torch.equal(last, last2)


@pytest.mark.parametrize(("scan", "op"), [(selective_scan, selective_scan_op), (ssd_scan, ssd_scan_op)])
@pytest.mark.parametrize("left_out", [(), OPTIONAL])
def test_the_custom_op_keeps_torchs_promises(scan, op, left_out):
    x = {k: None if k in left_out else v for k, v in inputs(scan, batch=1, length=2).items()}
    given = {"delta_softplus": True, "backend": "triton", "keep": True} | x
    names = [argument.name for argument in op._opoverload._schema.arguments]
    torch.library.opcheck(op, tuple(given[name] for name in names))

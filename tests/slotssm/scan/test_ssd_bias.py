"""A large Δ bias in the SSD scan, without the softplus that would tame it."""

import pytest
import torch

from slotssm.scan import ssd_scan, ssd_scan_reference
from slotssm.scan.cpu.ssd import EVERY


@pytest.mark.parametrize("bias", [-100.0, 100.0])
@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_a_large_bias_makes_nothing_of_the_steps_that_a_last_chunk_lacks(dtype, within, bias):
    """Alone, a bias of one sign would make a decay of infinity: NaN times the gradient of 0."""
    rng = torch.Generator().manual_seed(0)
    shapes = {"x": (2, EVERY + 5, 2, 3), "A": (2,), "B": (2, EVERY + 5, 4), "C": (2, EVERY + 5, 4)}
    x = {name: torch.randn(shape, generator=rng, dtype=dtype) for name, shape in shapes.items()}
    x["A"] = -10 - x["A"].abs()
    x["delta"] = torch.rand(2, EVERY + 5, 2, generator=rng, dtype=dtype) / 8 - bias  # its sum with the bias is a step
    x["delta_bias"] = torch.full((2,), bias, dtype=dtype)

    def run(scan, x):
        x = {name: value.detach().requires_grad_() for name, value in x.items()}
        y, last = scan(**x)
        return y, last, *torch.autograd.grad(y.sum() + last.sum(), list(x.values()))

    exact = run(ssd_scan_reference, {name: value.double() for name, value in x.items()})
    for got, want in zip(run(ssd_scan, x), exact, strict=True):
        assert (got - want).norm() <= within * want.norm()

"""Which backend computes, and what is said where one can't."""

import pytest
import torch

from slotssm.scan import BACKENDS, selective_scan, use_backend
from slotssm.scan.backends import choose

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_auto_is_numba_on_the_cpu():
    assert choose("auto", CPU) == "numba"


def test_auto_on_a_gpu_is_triton_where_it_is_installed(monkeypatch):
    monkeypatch.setattr("slotssm.scan.backends._has_triton", lambda: True)
    assert choose("auto", CUDA) == "triton"
    monkeypatch.setattr("slotssm.scan.backends._has_triton", lambda: False)
    assert choose("auto", CUDA) == "reference"
    assert choose("auto", torch.device("mps")) == "reference"


def test_use_backend_says_what_auto_means_until_it_ends():
    with use_backend("reference"):
        assert choose("auto", CPU) == "reference"
        assert choose("numba", CPU) == "numba"
    assert choose("auto", CPU) == "numba"


@pytest.mark.parametrize(
    ("backend", "device", "says"),
    [
        ("numba", CUDA, "backend numba computes on the CPU, not on cuda; choose auto"),
        ("triton", CPU, "backend triton computes on a CUDA GPU, not on cpu; choose auto"),
        ("cuda", CPU, "backend 'cuda' is not one of: auto, reference, numba, triton"),
    ],
)
def test_what_cannot_compute_says_so(backend, device, says, monkeypatch):
    monkeypatch.setattr("slotssm.scan.backends._has_triton", lambda: True)
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    with pytest.raises(ValueError, match=says):
        choose(backend, device)


def test_triton_missing_is_said(monkeypatch):
    monkeypatch.setattr("slotssm.scan.backends._has_triton", lambda: False)
    with pytest.raises(ValueError, match="pip install triton"):
        choose("triton", CUDA)


def test_the_reference_can_be_asked_for():
    u, A, B = torch.rand(2, 5, 3), -torch.rand(3, 4), torch.rand(2, 5, 4)
    for backend in BACKENDS[:3]:
        torch.testing.assert_close(selective_scan(u, u, A, B, B, backend=backend), selective_scan(u, u, A, B, B))

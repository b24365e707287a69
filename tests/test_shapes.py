"""The shapes in slotssm's signatures are really checked while tests run (see conftest.py)."""

import pytest
import torch
from jaxtyping import TypeCheckError

from slotssm.scan import selective_scan


def scan_with_B(shape):
    u, delta = torch.ones(2, 5, 3), torch.ones(2, 5, 3)
    A, C = -torch.ones(3, 4), torch.ones(2, 5, 4)
    return selective_scan(u, delta, A, torch.ones(shape), C)


def test_right_shapes_pass_through_numba_too():
    y, last_state = scan_with_B((2, 5, 4))
    assert y.shape == (2, 5, 3)
    assert last_state.shape == (2, 3, 4)


def test_a_wrong_shape_is_an_error():
    with pytest.raises(TypeCheckError):
        scan_with_B((1, 5, 4))  # would broadcast, silently

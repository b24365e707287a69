"""Calls as users make them."""

import jaxtyping
import pytest


@pytest.fixture
def unchecked():
    """Without the shape checks that the tests switch on."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)

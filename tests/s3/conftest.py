"""A real S3 server for the session, where one is installed."""

from collections.abc import Iterator

import pytest

from tests.s3.ceph import PACKAGES, ceph, missing


@pytest.fixture(scope="session")
def server() -> Iterator[dict[str, str]]:
    """The variables that lead to it. It has a bucket named `bucket`."""
    if missing():
        pytest.skip(f"needs Ceph: apt install --no-install-recommends {PACKAGES}")
    with ceph() as variables:
        yield variables


@pytest.fixture
def s3(server: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The URL of a place that is a test's own; the environment leads to the server."""
    for name, value in server.items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{request.node.nodeid}".replace("::", "/").replace("[", "-").replace("]", "").replace(" ", "-")

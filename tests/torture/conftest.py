"""How much torture, and the tools for it.

In the daily tests a little. `make torture` sets BCB_TORTURE to the page that it writes, and means it;
BCB_KILLS, BCB_FLIPS and BCB_SEED choose the numbers one by one.
"""

import os
import shutil
from collections import Counter, defaultdict

import pytest

from tests.torture.harness import Bcb, generate
from tests.torture.report import write_report

PAGE = os.environ.get("BCB_TORTURE")
SEED = int(os.environ.get("BCB_SEED", 0))
TALLY: dict[str, defaultdict[str, Counter]] = defaultdict(lambda: defaultdict(Counter))


@pytest.fixture(scope="session")
def kills() -> int:
    return int(os.environ.get("BCB_KILLS", 200 if PAGE else 12))


@pytest.fixture(scope="session")
def flips() -> int:
    return int(os.environ.get("BCB_FLIPS", 1000 if PAGE else 50))


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture(scope="session")
def tally():
    """tally["kills"]["fresh"]["metadata"] += 1 is counted in the report."""
    return TALLY


@pytest.fixture(scope="session")
def bcb():
    server = Bcb()
    yield server
    server.close()
    shutil.rmtree(server.folder)


@pytest.fixture(scope="session")
def made(bcb, tmp_path_factory):
    """made(…) is the store that an undisturbed `generate(…)` makes. Read only."""
    known = {}

    def make(**options):
        key = tuple(options.items())
        if key not in known:
            known[key] = tmp_path_factory.mktemp("made") / "s"
            done = bcb(*generate(known[key], **options))
            assert done.code == 0, done
        return known[key]

    return make


def pytest_sessionfinish(session, exitstatus):
    if PAGE and not exitstatus:
        write_report(PAGE, SEED, TALLY)

"""A model of one's own: the example package, installed, is trained and scored like any other."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from slotssm.models import MODELS
from slotssm.models.check import check_model

EXAMPLE = Path(__file__).parents[2] / "examples/plain-gru"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A folder that the example package was installed to."""
    root = tmp_path_factory.mktemp("site")
    shutil.copytree(EXAMPLE, root / "source")  # for a build leaves its working files beside the sources
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run([*pip, "--target", root / "site", root / "source"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return root / "site"


@pytest.fixture
def installed(site, monkeypatch):
    monkeypatch.syspath_prepend(site)
    yield
    sys.modules.pop("plain_gru", None)


def offering(folder: Path, name: str, target: str) -> None:
    """A package by hand that offers a model."""
    info = folder / "hal-9000.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hal\nVersion: 9000\n")
    (info / "entry_points.txt").write_text(f"[bcb.models]\n{name} = {target}\n")


def test_the_example_is_listed_trained_and_scored(bcb, things, folder, installed):
    assert {"name": "plain-gru", "summary": MODELS["plain-gru"].summary} in bcb("list", "models", "--json").json
    fast = ("--steps", 3, "--batch-size", 2, "--device", "cpu", "--set", "model.width=8")
    trained = bcb("train", "--model", "plain-gru", "--data", things / "store", "--out", "r", *fast)
    assert trained.code == 0, trained.err
    scored = bcb("evaluate", "--model", "r", "--data", things / "store", "--json")
    assert scored.code == 0, scored.err
    assert scored.json["results"][0]["metrics"]["painted_accuracy"]["n"] > 0
    unbundled = bcb("evaluate", "--model", "plain-gru")
    assert (unbundled.code, unbundled.err.count("\n")) == (2, 1)


def test_the_example_passes_the_public_check(installed):
    entry = MODELS["plain-gru"]
    check_model(entry.build(entry.config(image_size=16, classes=5, patches_per_side=2, width=16)))


def test_a_preset_gives_it_the_sizes_that_it_has(folder, installed):
    from bcb.training import plan

    config = plan("plain-gru", None, "paper-640", None, []).model_config
    assert (config.image_size, config.classes, config.patches_per_side) == (64, 7, 8)
    assert (config.width, config.layers) == (128, 3)


def test_without_the_package_its_runs_are_refused_in_one_line(bcb, things, folder, site, monkeypatch):
    with monkeypatch.context() as patch:
        patch.syspath_prepend(site)
        fast = ("--steps", 1, "--batch-size", 2, "--set", "model.width=8")
        assert bcb("train", "--model", "plain-gru", "--data", things / "store", "--out", "r", *fast).code == 0
    sys.modules.pop("plain_gru", None)
    refused = bcb("evaluate", "--model", "r", "--data", things / "store")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "'plain-gru'" in refused.err


@pytest.mark.parametrize(
    ("target", "says"),
    [("nowhere_to_be_found:ENTRY", "can't be loaded"), ("math:pi", "no ModelEntry"), ("math:tau_ceti", "can't be")],
)
def test_a_broken_package_stops_only_those_who_use_it(bcb, folder, monkeypatch, target, says):
    offering(folder, "hal", target)
    monkeypatch.syspath_prepend(folder)
    assert bcb("train", "--model", "slotssm", "--preset", "small", "--out", "r", "--lr", "-1").code == 2
    assert "hal" in MODELS
    refused = bcb("train", "--model", "hal", "--preset", "small", "--out", "r")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert says in refused.err
    assert "'hal'" in refused.err


def test_a_name_that_is_taken_is_refused(bcb, folder, monkeypatch):
    offering(folder, "slotssm", "math:pi")
    monkeypatch.syspath_prepend(folder)
    refused = bcb("list", "models")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "package 'hal' offers a model 'slotssm'" in refused.err

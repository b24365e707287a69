"""The project's own files agree with each other: packaging, pinned versions, README, CHANGELOG."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("bcb", "eval", "generators", "slotssm")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shipped_files() -> set[str]:
    """What a wheel must hold: all code, marks of typed packages, weights, their JSON and curves, the report's page."""
    suffixes = {".py", ".typed", ".safetensors", ".json", ".jsonl", ".j2", ".css", ".js"}
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return {str(path.relative_to(ROOT)) for path in paths if path.suffix in suffixes}


def test_wheel_holds_the_four_packages_whole_and_nothing_else(tmp_path):
    # Built from a copy, because setuptools leaves its working files beside the sources.
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    build = "from setuptools.build_meta import build_wheel; build_wheel('wheels')"
    done = subprocess.run([sys.executable, "-c", build], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [wheel] = (tmp_path / "wheels").iterdir()
    files = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert files == shipped_files()


@pytest.mark.parametrize("package", PACKAGES)
def test_package_is_typed_and_every_folder_of_code_is_a_package(package):
    assert (ROOT / package / "py.typed").is_file()
    for folder in {path.parent for path in (ROOT / package).rglob("*.py")}:
        assert (folder / "__init__.py").is_file(), f"{folder.relative_to(ROOT)} has code and no __init__.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_install_leads_to_this_checkout(package, tmp_path):
    # From another folder, so that only the installation can lead back here.
    code = f"import {package}; print({package}.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert Path(done.stdout.strip()) == ROOT / package / "__init__.py", done.stderr


def test_every_dependency_is_pinned_within_its_range():
    lines = (line.strip() for line in read("constraints.txt").splitlines())
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    versions = {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}
    assert len(versions) == len(pins), "a package stands in constraints.txt twice"
    assert all(re.fullmatch(r"==[\w.]+", version) for version in versions.values())
    extras = PROJECT["optional-dependencies"]
    for text in (*PROJECT["dependencies"], *(text for extra in extras.values() for text in extra)):
        needed = Requirement(text)
        if needed.name == "bcb":  # an extra that brings the others along
            assert needed.extras <= set(extras)
            continue
        pinned = versions[canonicalize_name(needed.name)].removeprefix("==")
        assert needed.specifier.contains(pinned), f"{text} is pinned at {pinned}"


def test_changelog_names_this_version():
    assert f"## [{PROJECT['version']}]" in read("CHANGELOG.md")


def test_readme_and_command_line_know_the_same_commands():
    from bcb.cli import COMMANDS

    assert set(re.findall(r"^\| `bcb (\w+)", read("README.md"), re.MULTILINE)) == set(COMMANDS)


def test_readme_code_runs_on_a_store_and_makes_predictions(tmp_path, monkeypatch):
    # The README's own lines, run where the store that they name is.
    from eval.predictions import read_predictions
    from eval.score import score_predictions
    from generators.engine import generate
    from generators.spec import Spec
    from generators.store import StoreReader

    store = Path("data", "frequent-640")
    monkeypatch.chdir(tmp_path)
    generate(Spec(rule="frequent"), store, {"test": 4}, workers=1)
    names: dict = {}
    for code in re.findall(r"```python\n(.*?)```", read("README.md"), re.DOTALL):
        exec(code, names)
    assert (names["repainted"] == names["target"]).all()
    assert names["rgb"].shape == (*names["frames"].shape, 3)
    scores = score_predictions(read_predictions("predictions"), StoreReader(store, "test"))
    assert scores.metrics["foreground_iou"].value == 1  # it knows the places
    assert scores.metrics["painted_accuracy"].value == 0  # and paints white


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in sorted((ROOT / "docs").glob("*.md")))],
)
def test_links_between_pages_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page)):
        assert ((ROOT / page).parent / link).exists(), f"{page} links to {link}"

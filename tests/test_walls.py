"""The walls between the packages (DESIGN §1): who may import whom, and what a light import may load.

The static half is the contracts in pyproject.toml; the other half starts fresh interpreters and looks.
How long help takes is for a person to see, not for a test: `time .venv/bin/bcb --help`, twice.
"""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def modules_after(code: str) -> set[str]:
    """The names of all modules that a fresh interpreter has loaded after running `code`."""
    report = "\nimport json, sys; print(); print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code + report], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def modules_of(package: str) -> list[str]:
    """Every module of a package, by the files that are there."""
    paths = sorted((ROOT / package).rglob("*.py"))
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [".".join(p[:-1] if p[-1] == "__init__" else p) for p in parts]


def imported_by(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_contracts_of_pyproject_hold():
    code = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("package", "never"),
    [
        ("generators", {"torch", "slotssm", "eval", "bcb", "click", "rich"}),
        ("slotssm", {"pymunk", "eval", "bcb", "click", "rich"}),
        ("eval", {"torch", "slotssm", "pymunk", "bcb", "click", "rich"}),
        ("bcb", {"pymunk"}),
        ("tests/generators", {"torch", "slotssm"}),
        ("tests/eval", {"torch", "slotssm"}),
    ],
)
def test_no_file_imports_across_a_wall(package, never):
    # Our own reading of the files: the contracts above could be edited away together with the wall.
    broken = {str(path.relative_to(ROOT)): sorted(imported_by(path) & never) for path in (ROOT / package).rglob("*.py")}
    assert not {path: names for path, names in broken.items() if names}


def test_light_packages_load_light():
    loaded = modules_after("import generators, eval")
    assert not loaded & {"torch", "pymunk", "numba", "zarr", "pydantic", "slotssm", "bcb"}


@pytest.mark.parametrize("package", ["generators", "eval"])
def test_no_module_loads_torch(package):
    names = modules_of(package)
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    assert loaded >= set(names)
    assert not loaded & {"torch", "slotssm", "bcb"}


def test_slotssm_loads_no_pymunk():
    names = modules_of("slotssm")
    loaded = modules_after("\n".join(f"import {name}" for name in names))
    assert "torch" in loaded
    assert loaded >= {"slotssm.models"}
    assert not loaded & {"pymunk", "eval", "bcb"}


def test_help_loads_nothing_heavy():
    # click may leave through SystemExit; what was loaded by then is what counts.
    run = "import sys; sys.argv = ['bcb', '--help']\nfrom bcb.cli import main\ntry: main()\nexcept SystemExit: pass"
    loaded = modules_after(run)
    assert "click" in loaded
    heavy = {"torch", "pymunk", "numba", "zarr", "numpy", "pydantic", "PIL", "rich", "slotssm", "eval", "generators"}
    assert not loaded & heavy

"""What numba compiled is kept on disk where that can be, and never taken for something else."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from generators import jit

ROOT = Path(__file__).parents[2]
SIZING = """
from generators.jit import compiled
from near import UNIT

@compiled()
def size(array):
    return array.itemsize * UNIT
"""
SIZE = """
import numpy as np
from sizing import size
print([size(np.zeros(1, kind)) for kind in {}], sum(size.stats.cache_hits.values()), sep="; ")
"""
KINDS = ["uint8", "float32", "float64"]
# For everyone, root too: nothing lies below a device, and every __pycache__ is a file.
NOWHERE = {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/cache", "NUMBA_CACHE_DIR": "/dev/null/numba"}


def start(folder: Path, code: str, **environment: str) -> subprocess.Popen:
    env = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "TMPDIR")}
    env |= {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"} | environment
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=env, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def result(process: subprocess.Popen) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.strip()


def sizes(folder: Path, kinds: list[str], **environment: str) -> tuple[list[int], int]:
    """What a fresh process gets for arrays of these kinds, and how many of them it found compiled."""
    values, hits = result(start(folder, SIZE.format(kinds), **environment)).split("; ")
    return ast.literal_eval(values), int(hits)


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "package"
    home.mkdir()
    (home / "sizing.py").write_text(SIZING)
    (home / "near.py").write_text("UNIT = 1\n")
    return home


@pytest.mark.slow
def test_what_is_compiled_is_found_again_until_a_neighbour_or_the_file_itself_changes(folder):
    # Processes that compile for different types at once keep out of each other's way.
    for process in [start(folder, SIZE.format([kind])) for kind in KINDS]:
        result(process)
    assert sizes(folder, KINDS) == ([1, 4, 8], 3)
    (folder / "near.py").write_text("UNIT = 2\n")
    assert sizes(folder, KINDS) == ([2, 8, 16], 0)
    one, *_ = (folder / "__pycache__").iterdir()
    data = bytearray(one.read_bytes())
    data[len(data) // 2] ^= 1
    one.write_bytes(data)
    assert sizes(folder, KINDS) == ([2, 8, 16], 2)
    assert len(list((folder / "__pycache__").iterdir())) == 3  # old ones were written over


@pytest.mark.slow
def test_where_the_package_cannot_be_written_the_cache_is_the_users_or_temporary(folder, tmp_path):
    (folder / "__pycache__").touch()
    for place in ({"XDG_CACHE_HOME": str(tmp_path / "cache")}, {"TMPDIR": str(tmp_path)}):
        for hits in (0, 1):
            assert sizes(folder, ["float32"], **(NOWHERE | place)) == ([4], hits)


def test_code_that_someone_else_could_have_written_is_not_loaded(folder, monkeypatch):
    source = folder / "sizing.py"
    assert jit._read(source, source) == source.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", lambda file: SimpleNamespace(st_uid=54321))
        with pytest.raises(PermissionError, match="someone else's"):
            jit._read(source, source)


def test_what_is_not_in_a_file_or_depends_on_a_closure_is_compiled_without_a_cache():
    def made(step):
        return lambda x: x + step

    for function in (eval("lambda x: x + 1"), made(1)):
        kernel: Any = jit.compiled()(function)
        assert kernel(1) == 2
        assert not isinstance(kernel._cache, jit.Files)


EVERYTHING = """
import tempfile; tempfile.tempdir = "/dev/null"
import numpy as np
import slotssm.scan.cpu.conv, slotssm.scan.cpu.selective, slotssm.scan.cpu.ssd
import generators.worlds.compiled
from generators.raster import rasterize
from generators.rules.earliest import _answers
from generators.rules.compiled import compiled
image = rasterize(np.full((1, 1, 2), 1.5, np.float32), np.ones(1, np.float32), np.full((1, 1), 7, np.uint8), 3)
answers = compiled(_answers)(np.array([0], np.int16), np.array([5], np.uint8), 1)
print(image.tolist(), answers.tolist(), slotssm.scan.cpu.conv.__file__, sep="; ")
"""


@pytest.mark.slow
def test_a_read_only_installation_without_a_home_works(tmp_path):
    """All that is compiled is imported; the two quickest kernels run."""
    for package in ("generators", "slotssm"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    for path in [path for path in tmp_path.rglob("*") if path.is_dir()]:
        (path / "__pycache__").touch()
    before = sorted(tmp_path.rglob("*"))
    image, answers, where = result(start(tmp_path, EVERYTHING, **NOWHERE)).split("; ")
    assert ast.literal_eval(image) == [[[0, 0, 0], [0, 7, 0], [0, 0, 0]]]
    assert ast.literal_eval(answers) == [[5]]
    assert Path(where).is_relative_to(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before

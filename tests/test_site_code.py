"""The code of the documentation's pages, run as printed: how-tos in a copy of bcb, the others in an empty folder."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A block of `bash` has commands that only a page's own copy knows; those of `sh`, tests/bcb/test_cli.py parses too.
BLOCK = re.compile(r'^```(python|diff|sh|bash|text)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

# All of a page in one process: Python blocks share their names, and what they print is theirs alone.
DRIVER = """
import contextlib, io, json, shlex, sys
from bcb.cli import run
names, said = {}, ""
for kind, code in json.load(sys.stdin):
    if kind == "python":
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, names)
        said = out.getvalue()
    elif kind == "text":
        assert said == code, f"the page says\\n{code}\\nand the code\\n{said}"
    else:
        for line in code.replace("\\\\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] == "bcb":
                assert run(words[1:]) == 0, line
"""


def blocks(page: str) -> list[tuple[str, str, str]]:
    """(language, title, code) of every block."""
    return BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))


def put(title: str, kind: str, code: str, root: Path) -> None:
    """Write a file as the page has it, or change one as the page's diff says."""
    path = root / title
    if kind == "python":
        assert not path.exists(), f"{title} is there already"
        path.write_text(code, encoding="utf-8")
        return
    lines = code.splitlines()
    old, new = ("".join(f"{line[1:]}\n" for line in lines if not line.startswith(sign)) for sign in ("+", "-"))
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{title} has {text.count(old)} times:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def run(page: str, folder: Path, root: Path) -> str:
    """Run a page's blocks that have no title, in a folder, with the packages of `root`. What was printed."""
    code = [(kind, text) for kind, title, text in blocks(page) if not title and kind != "diff"]
    env = os.environ | {"PYTHONPATH": str(root), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=folder, env=env, input=json.dumps(code), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("add-a-rule.md", "painted_accuracy"),
        ("add-a-world.md", "ghosts"),
        ("add-a-model.md", "painted_accuracy"),
        ("add-a-metric.md", "exact_match"),
    ],
)
def test_how_tos_do_what_they_say_in_a_copy(page, says, tmp_path):
    for name in ("bcb", "eval", "generators", "slotssm"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for kind, title, code in blocks(page):
        if title:
            put(title, kind, code, tmp_path)
    assert says in run(page, tmp_path, tmp_path)


@pytest.mark.slow
def test_the_page_on_effective_memory_prints_what_it_says(tmp_path):
    run("memory.md", tmp_path, ROOT)


@pytest.mark.slow
def test_the_tutorial_runs_and_a_model_of_five_frames_has_a_memory_of_five(tmp_path):
    from eval.memory import score_memory
    from eval.predictions import read_predictions
    from eval.truth import truth_from
    from generators.store import StoreReader

    run("tutorial.md", tmp_path, ROOT)
    assert {"episode.png", "predicted.png", "mine.png"} <= {path.name for path in tmp_path.iterdir()}
    truth = truth_from(StoreReader(tmp_path / "data/try", "test"))
    scores = score_memory(read_predictions(tmp_path / "mine").class_map, truth)
    assert scores.metrics["effective_memory"].value == 5

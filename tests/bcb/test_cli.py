"""The commands as a table: each is documented, and what the documents say can be typed."""

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from bcb import cli
from bcb.lazy import LazyGroup

ROOT = Path(__file__).parents[2]
PAGES = [  # DESIGN.md names commands that are still to come
    *("README.md", "CONTRIBUTING.md"),
    *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")) if page.name != "DESIGN.md"),
]


def command(*path: str) -> click.Command:
    """The command that `bcb PATH…` calls."""
    found: click.Command = cli.cli
    for name in path:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)  # type: ignore[assignment]
        assert found is not None
    return found


def all_commands(*path: str) -> list[tuple[str, ...]]:
    """Every command's path, those within groups too."""
    group = command(*path)
    assert isinstance(group, LazyGroup)
    below = [(*path, name) for name in group.table]
    return [one for p in below for one in [p, *(all_commands(*p) if isinstance(command(*p), LazyGroup) else [])]]


def commands_in(text: str) -> list[str]:
    """The lines that call bcb."""
    return [line.split("#")[0].strip() for line in re.findall(r"^ *(bcb .*)$", text, re.MULTILINE) if "…" not in line]


def blocks_in(page: str) -> str:
    """The shell blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def check_can_be_typed(line: str) -> None:
    _, name, *args = shlex.split(line)
    found = command(name)
    while isinstance(found, click.Group) and args and not args[0].startswith("-"):
        name, *args = args
        found = found.get_command(click.Context(found), name)
        assert found is not None, line
    found.make_context(name, args).close()  # raises where an option or a value is not one


def test_help_has_a_line_for_every_command(bcb):
    done = bcb("--help")
    assert done.code == 0
    assert not done.err
    for name, (_, line) in cli.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", done.out, re.MULTILINE)


def test_bcb_alone_shows_the_help(bcb):
    assert bcb() == bcb("--help") == bcb("-h")
    assert bcb("bench") == bcb("bench", "--help")


def test_version(bcb):
    assert bcb("--version").out == f"bcb {version('bcb')}\n"


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_every_command_has_help_with_an_example_that_can_be_typed(bcb, path):
    done = bcb(*path, "--help")
    assert done.code == 0
    assert not done.err
    assert done.out.startswith(f"Usage: bcb {' '.join(path)} ")
    examples = commands_in(done.out.split("Example:\n")[1])
    assert examples
    for line in examples:
        assert f"{line} ".startswith(f"bcb {' '.join(path)} ")
        check_can_be_typed(line)


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_every_option_says_what_it_is_for(path):
    found = command(*path)
    assert found.name == path[-1]
    options = [p for p in found.params if isinstance(p, click.Option)]
    assert not [o.name for o in options if not o.help]


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_documents_can_be_typed(page):
    for line in commands_in(blocks_in(page)):
        check_can_be_typed(line)


def test_readme_was_searched():
    assert len(commands_in(blocks_in("README.md"))) >= 5


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["vieww"], "did you mean 'view'?"),
        (["zzz"], "choose from: generate, "),
        (["bench", "generat"], "did you mean 'generate'?"),
        (["generate", "--lenght", "80"], "--length"),
        (["generate", "--rule", "frequentest"], "did you mean 'frequent'?"),
        (["generate", "--preset", "papper-80"], "did you mean 'paper-80'?"),
        (["list", "metric"], "did you mean 'metrics'?"),
        (["view", "s", "--split", "tset", "-o", "x.png"], "did you mean 'test'?"),
        (["evaluate", "--model", "slotsm"], "did you mean 'slotssm'?"),
        (["train", "--model", "slotsm", "--preset", "small", "--out", "r"], "did you mean 'slotssm'?"),
    ],
)
def test_a_misspelt_name_gets_a_suggestion(bcb, folder, args, says):
    done = bcb(*args)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
    assert not list(folder.iterdir())


def raising(error: BaseException):
    def command() -> None:
        raise error

    return click.Command("boom", callback=command)


def test_mistakes_are_lines_and_bugs_are_tracebacks(bcb, monkeypatch):
    def boom(error):
        monkeypatch.setattr(LazyGroup, "get_command", lambda *_: raising(error))
        return bcb("list")

    assert boom(ValueError("two\n  lines")).err == "Error: two lines\n"
    assert (
        boom(FileNotFoundError(2, "No such file or directory", "x.json")).err
        == "Error: x.json: No such file or directory\n"
    )
    assert boom(OSError("disk full")).code == 2
    interrupted = boom(KeyboardInterrupt())
    assert interrupted.code == 130
    assert "Traceback" not in interrupted.err
    for bug in (TypeError("bug"), AssertionError("bug"), KeyError("bug"), RuntimeError("bug")):
        with pytest.raises(type(bug)):
            boom(bug)


def test_traceback_on_request(bcb):
    with pytest.raises(ValueError, match="there is no store"):
        bcb("--traceback", "inspect", "nowhere")


def test_python_m_bcb_is_bcb_and_a_closed_pipe_is_no_error(folder):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "bcb", "list", "rules", "--json"], stdout=write, stderr=subprocess.PIPE, cwd=folder
    )
    os.close(write)
    assert b"Traceback" not in done.stderr
    assert b"Broken" not in done.stderr


@pytest.mark.parametrize("table", ["tasks", "models", "rules", "worlds", "metrics", "presets", "weights"])
def test_list(bcb, table):
    done = bcb("list", table)
    rows = bcb("list", table, "--json").json
    assert rows
    for row in rows:
        assert row.keys() == {"name", "summary"}
        assert row["summary"].strip()
        assert re.search(rf"^ *{re.escape(row['name'])}  +{re.escape(row['summary'])} *$", done.out, re.MULTILINE)


def test_list_holds_what_there_is(bcb):
    from bcb.presets import PRESETS, SCENE_PRESETS
    from eval.metrics import METRICS
    from eval.scenes.score import SCENE_METRICS
    from generators.rules import RULES
    from slotssm.models import MODELS
    from slotssm.scenes.models import SCENE_MODELS

    for table, there in (
        ("rules", RULES),
        ("models", dict.fromkeys([*MODELS, *SCENE_MODELS])),
        ("metrics", METRICS | SCENE_METRICS),
        ("presets", PRESETS | SCENE_PRESETS),
    ):
        assert [row["name"] for row in json.loads(bcb("list", table, "--json").out)] == list(there)

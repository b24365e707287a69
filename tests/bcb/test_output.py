"""What goes to stdout, what to stderr, and what to neither."""

import io
import json
import re
import sys

import pytest

from bcb.commands.list import TABLES
from bcb.output import print_json, print_table, remark, size_text
from bcb.progress import progress_bar
from eval.audit import CHECKS


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        return True


def test_json_has_no_nan(capsys):
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": (-float("inf"), "ä")}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": [None, "ä"]}}


def test_remarks_are_on_stderr(capsys):
    remark("hello")
    assert capsys.readouterr() == ("", "hello\n")


def test_tables_keep_every_column_whole(capsys):
    columns = [f"a rather long column {i}" for i in range(6)]
    print_table("title", columns, [[f"value {i}" for i in range(6)]])
    printed = capsys.readouterr().out
    assert "title" in printed
    for i, column in enumerate(columns):
        assert column in printed
        assert f"value {i}" in printed


@pytest.fixture
def narrow(monkeypatch):
    """stdout has 80 columns."""
    monkeypatch.setattr("bcb.output._width", lambda: 80)


@pytest.mark.parametrize("words", [(), (1,)])
def test_a_narrow_terminal_wraps_and_loses_nothing(narrow, capsys, words):
    row = [
        "a name",
        "so many words, of which there are quite a few, that they have to be wrapped",
        *["0.123 [0.111, 0.135]"] * 2,
    ]
    print_table("", ["", "what", "a", "b"], [row], words=words)
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    assert sorted(" ".join(shown[3:]).split()) == sorted(" ".join(row).split())
    assert any("0.123 [0.111, 0.135]" in line for line in shown)


@pytest.mark.parametrize("table", TABLES)
def test_what_bcb_lists_fits_80_columns(narrow, bcb, table):
    done = bcb("list", table)
    assert done.code == 0
    shown = done.out.splitlines()
    assert max(map(len, shown)) <= 80
    assert {line.split()[0] for line in shown[3:] if re.match(r" \S", line)} == TABLES[table]().keys()
    assert "…" not in re.sub("`[^`]*`|, …", "", done.out)


def test_an_audit_fits_80_columns(narrow, bcb, things):
    shown = bcb("audit", things / "store", "--episodes", 3).out.splitlines()
    assert max(map(len, shown)) <= 80
    assert all(any(line.strip() == check for line in shown) for check in CHECKS)
    assert any(re.search(r"\[\d\.\d{3}, \d\.\d{3}\]", line) for line in shown)


def test_a_long_title_stays_on_its_line(capsys):
    print_table("a title that is longer than [its] table", ["a"], [["b"]])
    assert capsys.readouterr().out.startswith("a title that is longer than [its] table\n")


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 * 2**20, "3.0 MiB"), (5 * 2**40, "5.0 TiB")]
)
def test_sizes(count, text):
    assert size_text(count) == text


def test_progress_is_silent_where_stderr_is_no_terminal(capsys):
    with progress_bar("making") as report:
        report(1, 10)
        report(10, 10)
    assert capsys.readouterr() == ("", "")


def test_progress_has_a_rate_and_an_eta_on_stderr_alone(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_bar("making", "shards") as report:
        for done in range(0, 1001, 250):
            report(done, 1000)
    shown = terminal.getvalue()
    for part in ("making", "1,000/1,000", "shards/s", "ETA"):
        assert part in shown
    assert capsys.readouterr().out == ""

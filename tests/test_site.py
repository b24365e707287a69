"""The documentation's site: it builds strictly and asks nobody for anything, and its pages' code does what they say."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FETCHED = r'<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="?(https?:[^" >]+)'


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("mkdocs"), reason="mkdocs isn't installed: pip install -e '.[docs]'")
def test_the_site_builds_without_a_warning_and_asks_no_other_server(tmp_path):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert {page.name for page in pages} >= {"index.html", "cli.html", "contributing.html", "changelog.html"}
    for page in pages:
        fetched = re.findall(
            r'<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="?(https?:[^" >]+)', page.read_text("utf-8")
        )
        assert not fetched, f"{page.name} fetches {fetched}"


def test_every_page_is_in_the_navigation():
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in sorted((ROOT / "docs").glob("*.md")):
        assert re.search(rf": {re.escape(page.name)}$", nav, re.MULTILINE), f"mkdocs.yml's nav lacks {page.name}"


def test_the_command_line_page_is_what_help_says():
    from bcb.reference import page

    same = (ROOT / "docs/cli.md").read_text("utf-8") == page()
    assert same, "docs/cli.md is not what --help says now; write it again: make reference"

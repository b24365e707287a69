"""Tables for the terminal and for pages, and where on a page they stand."""

import shlex
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bcb.output import print_table, size_text


@dataclass(frozen=True)
class Table:
    """Rows of text; the first column names the row."""

    title: str
    columns: list[str]
    rows: list[list[str]]

    def show(self) -> None:
        print_table(self.title, self.columns, self.rows)

    def markdown(self) -> str:
        rule = ["---", *("---:" for _ in self.columns[1:])]
        lines = [f"| {' | '.join(row)} |" for row in (self.columns, rule, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *lines])


def heading(bench: str, machine: dict[str, Any], rounds: int) -> dict[str, Any]:
    """The beginning of every bench's document: what was measured, when, on what, and by which command."""
    command = shlex.join(["bcb", *sys.argv[1:]])
    today = date.today().isoformat()
    return {"bench": bench, "date": today, "command": command, "rounds": rounds, "machine": machine}


def describe(head: dict[str, Any]) -> str:
    """The heading as a sentence or two of Markdown."""
    on = head["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in on["versions"].items())
    cores = f"{on['cores']} core{'s'[: on['cores'] > 1]}"
    cores += f" ({head['threads']} thread{'s'[: head['threads'] > 1]})" if "threads" in head else ""
    rounds = "One round." if head["rounds"] == 1 else f"Medians of {head['rounds']} rounds (lowest–highest)."
    return (
        f"`{head['command']}`, {head['date']}; {on['processor']}, {cores}, {size_text(on['memory'])}, {on['system']}; "
        f"Python {on['python']}, {versions}. {rounds}"
    )


def check_page(page: Path, bench: str) -> None:
    """Raise ValueError unless a page has a place for the tables of a bench. To be asked before the work."""
    check_mark(page, f"bench {bench}")


def write_section(page: Path, bench: str, head: dict[str, Any], tables: list[Table]) -> None:
    """Replace what stands between `<!-- bench NAME -->` and `<!-- end of bench NAME -->` on a page.

    Raises ValueError where the page has no such place.
    """
    check_page(page, bench)
    write_marked(page, f"bench {bench}", "\n\n".join([describe(head), *(table.markdown() for table in tables)]))


def check_mark(page: Path, mark: str) -> None:
    """Raise ValueError unless a page has the two lines `<!-- MARK -->` and `<!-- end of MARK -->`."""
    _around(page, mark)


def write_marked(page: Path, mark: str, text: str) -> None:
    """Replace what stands between these lines. Raises ValueError where the page doesn't have them."""
    from slotssm.checkpoint import replace_file

    before, after = _around(page, mark)
    replace_file(page, lambda path: path.write_text(f"{before}\n{text}\n\n{after}", encoding="utf-8"))


def _around(page: Path, mark: str) -> tuple[str, str]:
    """A page's text before and after the place, with the two lines that mark it."""
    begin, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->\n"
    try:
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
    except UnicodeDecodeError:
        raise ValueError(f"{page} is not text in UTF-8; name a page that is") from None
    before, found, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise ValueError(f"{page} has no place for these tables; write two lines where they belong: {begin}{end}")
    return before + begin, end + after

"""What the commands print: JSON on stdout, tables on stdout, remarks on stderr."""

import json
import sys
from typing import Any

import click


def print_json(document: Any) -> None:
    """One JSON document on stdout. NaN has no place in JSON and becomes null."""
    click.echo(json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False))


def remark(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)


def print_table(title: str, columns: list[str], rows: list[list[str]], *, words: tuple[int, ...] = ()) -> None:
    """A table on stdout, as wide as it needs to be when stdout is no terminal; a narrow one loses nothing.

    words: columns of words, which are what wraps. All others but the first are aligned to the right, as numbers want.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        left = i == 0 or i in words
        table.add_column(column, justify="left" if left else "right", no_wrap=bool(words) and i not in words)
    for row in rows:
        table.add_row(*row)
    console = Console(width=_width(), highlight=False)
    if title:  # not the table's own, which wraps where the table is narrow
        console.print(title, style="bold", markup=False)
    console.print(table)


def _width() -> int | None:
    """Columns that a table may take; None for those of the terminal."""
    return None if sys.stdout.isatty() else 200


def size_text(count: float) -> str:
    """Bytes for people: `3.1 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value

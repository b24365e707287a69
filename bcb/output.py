"""What the commands print: JSON on stdout, tables on stdout, remarks on stderr."""

import json
from typing import Any

import click


def print_json(document: Any) -> None:
    """One JSON document on stdout. NaN has no place in JSON and becomes null."""
    click.echo(json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False))


def remark(text: str) -> None:
    """A line for people, on stderr."""
    click.echo(text, err=True)


def print_table(title: str, columns: list[str], rows: list[list[str]], *, right: bool = True) -> None:
    """A table on stdout, as wide as it needs to be when stdout is no terminal.

    right: align all columns but the first to the right, as numbers want.
    """
    import sys

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if right and i else "left", no_wrap=right)
    for row in rows:
        table.add_row(*row)
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    if title:  # not the table's own, which wraps where the table is narrow
        console.print(title, style="bold", markup=False)
    console.print(table)


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

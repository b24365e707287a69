"""`python -m bcb.reference PAGE`: the help of every command, as the page docs/cli.md (`make reference`)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from bcb.cli import cli

WIDTH = 100  # columns, whatever the terminal has
HEAD = """\
# The command line

What each command says with `--help`; written by `make reference`, and not by hand.
"""


def commands(command: click.Command = cli, path: tuple[str, ...] = ("bcb",)) -> Iterator[tuple[tuple[str, ...], str]]:
    """(words of a command, its help), the group before its commands, in the order of its table."""
    context = click.Context(command, info_name=" ".join(path), max_content_width=WIDTH, terminal_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    yield path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None
            yield from commands(child, (*path, name))


def page() -> str:
    """The page, Markdown; the same wherever it is written."""
    sections = [f"{'#' * len(path[:3])}# {' '.join(path)}\n\n```text\n{text}\n```\n" for path, text in commands()]
    return "\n".join([HEAD, *sections])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")

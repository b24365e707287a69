"""Tables for the terminal, for a page, and for machines."""

from collections.abc import Callable, Sequence
from typing import Any

from bcb.bench.tables import Table
from bcb.leaderboard.data import words
from bcb.leaderboard.rank import Board
from bcb.names import for_markdown, for_table
from bcb.output import print_table


def show(board: Board) -> None:
    """On stdout."""
    table = _table(board, for_table)
    print_table(table.title, table.columns, table.rows, words=(0, len(table.columns) - 1))


def markdown(boards: Sequence[Board]) -> str:
    """For a page."""
    intro = "Ranked by `bcb leaderboard`: every entry scored again, on data made again. In brackets 95 % intervals."
    return "\n\n".join([intro, *(_table(board, for_markdown).markdown() for board in boards)])


def to_json(board: Board) -> dict[str, Any]:
    """A table as plain values."""
    spec = board.spec
    return {
        "data": words(spec),
        "rule": spec.rule,
        "length": spec.length,
        "fingerprint": spec.fingerprint,
        "episodes": board.episodes,
        "given_frames": board.given,
        "ranked_by": board.metric,
        "entries": [
            {
                "rank": row.rank,
                "path": row.entry.path,
                "model": row.entry.model,
                "metrics": row.entry.metrics,
                "memory": row.entry.memory,
                "recorded": row.entry.recorded,
            }
            for row in board.rows
        ],
    }


def _table(board: Board, fit: Callable[[str], str]) -> Table:
    """fit: makes a stranger's text fit for where the table goes."""
    entries = [row.entry for row in board.rows]
    memory = any(entry.memory for entry in entries)
    digits = 4 if board.metric == "mse" else 3
    given = f", {board.given} frames given" if board.given else ""
    rows = [
        [
            f"{row.rank}. {fit(row.entry.model['name'])}",
            _number(row.entry.metrics[board.metric], digits),
            *([_number(row.entry.memory["effective_memory"], 1)] if memory else []),
            fit(row.entry.path),
        ]
        for row in board.rows
    ]
    title = f"{words(board.spec)}{given}; {board.episodes} test episodes; fingerprint {board.spec.fingerprint[:12]}"
    columns = ["model", board.metric, *(["effective memory"] if memory else []), "in"]
    return Table(title, columns, rows)


def _number(estimate: dict[str, Any], digits: int) -> str:
    if not estimate["n"]:
        return "–"
    value, low, high = (f"{estimate[key]:.{digits}f}" for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"

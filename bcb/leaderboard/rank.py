"""Tables: one for each dataset, in which all predict the same episodes, none twice, the best first."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bcb.leaderboard.board import Refused
from bcb.leaderboard.examine import Entry
from eval.metrics import METRICS
from generators.spec import Spec, parse_spec


@dataclass(frozen=True)
class Row:
    """rank: from 1; those who score the same share one."""

    rank: int
    entry: Entry


@dataclass(frozen=True)
class Board:
    """One dataset's table: its first `episodes` test episodes. given: frames, of video prediction."""

    spec: Spec
    episodes: int
    given: int | None
    metric: str
    rows: list[Row]


def ranked(entries: Sequence[Entry], episodes: int | None = None) -> tuple[list[Board], list[Refused]]:
    """The tables, ordered by their data, and the entries that have no place in one.

    episodes: how many a table is of; None for what most of its entries have, of a tie the more.
    """
    groups: dict[tuple[str, int], list[Entry]] = {}
    refused: list[Refused] = []
    for entry in sorted(entries, key=lambda e: e.path):
        groups.setdefault((entry.fingerprint, entry.given or 0), []).append(entry)
    boards = []
    for group in groups.values():
        single, copies = _without_copies(group)
        count = episodes or _usual(single)
        there = [entry for entry in single if entry.episodes == count]
        refused += copies + [Refused(e.path, _other(e.episodes, count, episodes)) for e in single if e not in there]
        if there:
            first = there[0]
            boards.append(Board(parse_spec(first.spec), count, first.given, first.metric, _rows(there)))
    boards.sort(key=lambda board: (board.spec.rule, board.spec.length, board.spec.fingerprint, board.given or 0))
    return boards, refused


def _without_copies(group: list[Entry]) -> tuple[list[Entry], list[Refused]]:
    first: dict[str, Entry] = {}
    copies = []
    for entry in group:
        kept = first.setdefault(entry.predictions_sha256, entry)
        if kept is not entry:
            copies.append(Refused(entry.path, f"it holds the same predictions as {kept.path}; keep one of them"))
    return list(first.values()), copies


def _usual(group: list[Entry]) -> int:
    times = Counter(entry.episodes for entry in group)
    return max(times, key=lambda count: (times[count], count))


def _other(count: int, usual: int, asked: int | None) -> str:
    whose = "this leaderboard is of" if asked else "the others of its table predict"
    return f"it predicts the first {count} episodes, and {whose} the first {usual}; predict as many"


def _rows(entries: list[Entry]) -> list[Row]:
    """The best first; what has no value, where no ball is scored, last."""
    sign = 1 if METRICS[entries[0].metric].best == 0 else -1

    def place(entry: Entry) -> float:
        value = entry.metrics[entry.metric]["value"]
        return math.inf if value is None else sign * value

    places = sorted(place(entry) for entry in entries)
    return [Row(1 + places.index(place(entry)), entry) for entry in sorted(entries, key=place)]

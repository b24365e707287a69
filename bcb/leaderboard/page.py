"""`--markdown`: the tables, between two lines of a page that is there, or on a new one."""

from collections.abc import Sequence
from pathlib import Path

from bcb.bench.tables import check_mark, write_marked
from bcb.leaderboard.rank import Board
from bcb.leaderboard.show import markdown
from bcb.place import check_place

MARK = "leaderboard"


def check_page(path: Path) -> None:
    """Raise ValueError, before the work, where nothing can be written, or what is there has no place for the tables."""
    check_place("--markdown", path)
    if path.exists():
        check_mark(path, MARK)


def write_page(path: Path, boards: Sequence[Board]) -> None:
    """Whole, or not at all. Raises ValueError as `check_page` does."""
    from slotssm.checkpoint import replace_file

    text = markdown(boards)
    if path.exists():
        write_marked(path, MARK, text)
        return
    page = f"# Leaderboard\n\n<!-- {MARK} -->\n\n{text}\n\n<!-- end of {MARK} -->\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lambda temporary: temporary.write_text(page, encoding="utf-8"))

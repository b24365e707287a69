"""What to say when a name is not one of those we know."""

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, known: Iterable[str], table: str | None = None) -> str:
    """`did you mean 'x'?` if a known name is close, else the list of all, or the table of `bcb list` that has it."""
    known = list(known)
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"see `bcb list {table}`" if table else f"choose from: {', '.join(known)}"


def check_known(what: str, name: str, known: Iterable[str]) -> str:
    """`name`, if it is known. Raises ValueError with a suggestion otherwise."""
    known = list(known)
    if name not in known:
        raise ValueError(f"no {what} {name!r}; {suggestion(name, known)}")
    return name

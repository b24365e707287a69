"""Text from strangers (a model's name, a path) made fit to be shown, where it must not move the cursor or be markup."""

import string

MOST = 80  # characters of a name
MARKUP = frozenset(string.punctuation) - frozenset("-/,")


def plain(text: str, most: int = MOST) -> str:
    """On one line, without what can't be printed (escapes, line ends, marks that turn the writing), and cut if long."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def for_table(text: str) -> str:
    """For a cell of a table in the terminal, where [red] would be markup."""
    from rich.markup import escape

    return escape(plain(text))


def for_markdown(text: str) -> str:
    """For a cell of a table in Markdown, where none of it may be markup, HTML, a link, or the end of the cell."""
    return "".join(f"&#{ord(c)};" if c in MARKUP else c for c in plain(text))

"""What is wrong with a file is said in one line that names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def naming(where: object) -> Iterator[None]:
    """What is wrong inside is said of `where`: ValueError, in one line."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{where}: {' '.join(str(error).split())}") from None
    except OSError as error:
        raise ValueError(f"{where}: can't be read ({error.strerror or type(error).__name__})") from None
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:  # JSON of another form
        raise ValueError(f"{where}: not of the form that it should have ({type(error).__name__}: {error})") from None


def checked_folder(source: Path) -> Path:
    """`source`, where it is a folder; ValueError where it isn't."""
    if not source.is_dir():
        raise ValueError(f"{source} is no folder")
    return source

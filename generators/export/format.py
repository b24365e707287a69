"""What an export format is."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from generators.export.part import Part
from generators.spec import Spec


class Format(Protocol):
    """A frozen dataclass that writes splits into a folder."""

    @property
    def lossy(self) -> bool:
        """Do the images change on the way? (All else never does.)"""
        ...

    def check(self, spec: Spec) -> None:
        """Raise ValueError, before any work, where a package is missing or the format can't hold such episodes."""
        ...

    def write(self, parts: Sequence[Part], folder: Path, about: dict[str, Any]) -> None:
        """Write the splits into an empty folder, an episode or a few in memory at a time.

        about: what `dataset.json` will say (see `export.py`). A format may add what is its own.
        The same parts give the same bytes.
        """
        ...


def check_installed(package: str) -> None:
    """Raise ValueError, saying what to do, unless a package of the extra `export` is there."""
    if find_spec(package) is None:
        raise ValueError(f"this format needs {package}: pip install 'bcb[export]'")

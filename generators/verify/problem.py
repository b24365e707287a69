"""What verification finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: where (a path in the store, or an episode), and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

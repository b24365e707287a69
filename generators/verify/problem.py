"""What verification finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that is wrong: where (a key in the store, or an episode), and what.

    split, shard: what must be made again; shard None where it is the split's metadata, or a file too many.
    content: the bytes are those that were committed, and yet what they say isn't so.
    """

    where: str
    what: str
    split: str
    shard: int | None = None
    content: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"

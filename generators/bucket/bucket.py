"""What a store lies in: objects by key under one root, in a folder or in an object store."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Bucket(Protocol):
    """Objects by key ("test/frames/c/0/0/0/0"), each there in full or not at all.

    Pickles to other processes and machines, and opens what it needs when it is first used.
    A missing object raises FileNotFoundError; whatever else goes wrong is an OSError whose text fits in one line.
    """

    @property
    def url(self) -> str:
        """What `open_bucket` takes, in any process: an absolute path, or s3://bucket/prefix."""
        ...

    @property
    def name(self) -> str:
        """What messages call it: what the user wrote."""
        ...

    @property
    def near(self) -> bool:
        """Is it on this machine, so that reading all of it once more costs little?"""
        ...

    def exists(self) -> bool:
        """Is there anything? An empty folder is something; an empty prefix is not."""
        ...

    def top(self) -> set[str]:
        """The first parts of all keys: what lies directly under the root, files and folders."""
        ...

    def sizes(self, prefix: str = "") -> dict[str, int]:
        """Every object whose key begins with `prefix` (which ends in "/" or is empty): bytes by key, sorted by key."""
        ...

    def read(self, key: str) -> bytes: ...

    def read_range(self, key: str, start: int, size: int) -> bytes:
        """`size` bytes from `start` on; fewer where the object ends before, b"" where it ends before `start`."""
        ...

    def read_tail(self, key: str, size: int) -> bytes:
        """The last `size` bytes; fewer when the object is shorter."""
        ...

    def write(self, objects: Mapping[str, bytes | Path]) -> None:
        """Write objects, over what is there; on return all are durable. A Path is a file of `spool`, and is used up."""
        ...

    def create(self, key: str, data: bytes) -> None:
        """As `write`, of one object that must be new: FileExistsError if it isn't. Of two at once, one succeeds."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects, durably; those that aren't there are no error."""
        ...

    def spool(self) -> AbstractContextManager[Path]:
        """A folder on a local disk for objects in the making. Goes away at the end, and so does what is left in it."""
        ...

    def locked(self, *, shared: bool = False) -> AbstractContextManager[None]:
        """Hold the right to write here: alone, or together with others that share.

        Raises StoreError, naming host and process of who holds it, when it can't be had at once. A holder
        that is dead holds nothing. Whoever holds it alone finds no leftovers of dead writers.
        """
        ...

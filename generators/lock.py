"""One writer at a time per store, by a lock that dies with its process."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generators.store.errors import StoreError
from generators.store.splits import LOCK


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold the store's lock; makes its folder if need be, and takes it away again if it is left empty.

    The lock is the kernel's (flock) on `.lock`, so a killed process holds nothing; the file names the
    holder for the others, and is gone when the writer is done.
    Raises StoreError, naming host and process, when another writer holds it.
    """
    new = not store.exists()
    store.mkdir(parents=True, exist_ok=True)
    path = store / LOCK
    handle = _acquire(path)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is still held, see _acquire
        os.close(handle)
        if new:
            with suppress(OSError):
                store.rmdir()


def _acquire(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode(errors="replace") or "another process"
            os.close(handle)
            raise StoreError(f"{path.parent} is being written by {holder}; wait until it is done") from None
        except OSError:
            os.close(handle)
            raise
        if _is_still(path, handle):
            return handle
        os.close(handle)  # the last holder removed the file between our open and our lock


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False

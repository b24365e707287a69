"""A folder's lock: the kernel's (flock) on `.lock`, so it dies with its process."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from generators.bucket.folder import sync
from generators.errors import StoreError

LOCK = ".lock"
NAME_BYTES = 200
PATIENCE = 2.0  # seconds that a sharer waits: another may be leaving, and be alone for a moment


@contextmanager
def locked_folder(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the folder's lock; makes the folder if need be, and takes it away again if it is left empty.

    The file names a holder for the others, and is gone when the last one is done.
    Raises StoreError, naming host and process, when it is held by another (sharers: by one that doesn't share).
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in new:
        sync(path.parent)  # or the store could go with its name
    path = folder / LOCK
    handle = _acquire(path, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
    try:
        name = f"process {os.getpid()} on {socket.gethostname()}"
        os.pwrite(handle, name.encode().ljust(NAME_BYTES), 0)  # over the last one's, whole, whoever else does so now
        yield
    finally:
        with suppress(BlockingIOError):  # others share it still, and the last one will remove the file
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, handle):
                path.unlink(missing_ok=True)  # while it is held alone, see _acquire
        os.close(handle)
        if new:
            with suppress(OSError):
                folder.rmdir()


def _acquire(path: Path, how: int) -> int:
    nameless_until = time.monotonic() + PATIENCE  # whoever has just come writes its name now
    patient_until = nameless_until if how == fcntl.LOCK_SH else 0.0
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, how | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, NAME_BYTES, 0).decode(errors="replace").strip()
            os.close(handle)
            if time.monotonic() < (patient_until if holder else nameless_until):
                time.sleep(0.02)
                continue
            by = holder or "another process"
            raise StoreError(f"{path.parent} is being written by {by}; wait until it is done") from None
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

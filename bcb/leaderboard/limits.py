"""What a stranger's store may not do to the machine that scores it: hang it, or fill its memory."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LARGEST_METADATA = 2**20  # bytes of a file of JSON; ours have a few thousand
LARGEST_FILE = 2**32  # bytes of any other, as many as an array may have in memory
METADATA = ("zarr.json", ".zgroup", ".zarray", ".zattrs", ".zmetadata")  # of zarr's versions 3 and 2
MEMORY = 2**33  # bytes beyond those in use; what is packed in a chunk may be any number of times its size


def is_small_file(path: Path) -> bool:
    """Is there a plain file, no link and no pipe, that can be read as metadata in no time?"""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST_METADATA


def check_files(store: Path) -> None:
    """Raise ValueError unless a store is folders and files alone, none too large: a pipe can be waited at for ever."""
    for folder, folders, files in os.walk(store):
        for name in (*folders, *files):
            found = os.lstat(Path(folder, name))
            if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
                raise ValueError(f"{name} in it is neither a file nor a folder; send plain files")
            largest = LARGEST_METADATA if name in METADATA else LARGEST_FILE
            if stat.S_ISREG(found.st_mode) and found.st_size > largest:
                raise ValueError(f"{name} in it has {found.st_size} bytes, more than is read here; write it again")


@contextmanager
def bounded_memory(more: int = MEMORY) -> Iterator[None]:
    """Let this process take so many bytes more, and then meet a MemoryError. On Linux; elsewhere it does nothing."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):
        yield
        return
    before, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * os.sysconf("SC_PAGE_SIZE") + more
    if before != resource.RLIM_INFINITY:
        limit = min(limit, before)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, hard))

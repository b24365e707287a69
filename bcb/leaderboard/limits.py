"""What a stranger's store may not do to the machine that scores it: hang it, or fill its memory."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = 2**33  # bytes beyond those in use; what is packed in a chunk may be any number of times its size


def check_files(store: Path) -> None:
    """Raise ValueError unless a store is folders and files alone: a pipe can be waited at for ever."""
    for folder, folders, files in os.walk(store):
        for name in (*folders, *files):
            mode = os.lstat(Path(folder, name)).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise ValueError(f"{name} in it is neither a file nor a folder; send plain files")


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

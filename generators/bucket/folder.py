"""A bucket that is a folder. Files are there in full or not at all, whenever the machine stops."""

import errno
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

SCRATCH = ".making"  # whatever lies there is half-made
SYNCS = 8  # at a time
OURS = {".lock", SCRATCH}  # no objects


@dataclass(frozen=True)
class FolderBucket:
    """The files below `root`, an absolute path.   written: as the user wrote it, for messages."""

    root: Path
    written: str = field(default="", compare=False)

    @property
    def url(self) -> str:
        return str(self.root)

    @property
    def name(self) -> str:
        return self.written or str(self.root)

    @property
    def near(self) -> bool:
        return True

    def exists(self) -> bool:
        return self.root.exists()

    def top(self) -> set[str]:
        if not self.root.exists():
            return set()
        if not self.root.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "is a file, not a folder", str(self.root))
        return {path.name for path in self.root.iterdir() if not path.is_dir() or _has_files(path)} - OURS

    def sizes(self, prefix: str = "") -> dict[str, int]:
        found = {}
        for folder, _, names in os.walk(self.root / prefix):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # gone since the folder was listed
                    found[path.relative_to(self.root).as_posix()] = path.stat().st_size
        return {key: found[key] for key in sorted(found) if key.split("/")[0] not in OURS}

    def read(self, key: str) -> bytes:
        with _opened(f"{self.root}/{key}") as file:
            return file.read()

    def read_range(self, key: str, start: int, size: int) -> bytes:
        with _opened(f"{self.root}/{key}") as file:
            file.seek(start)
            data = file.read(size)
            while len(data) < size and (more := file.read(size - len(data))):  # some file systems give it in parts
                data += more
            return data

    def read_tail(self, key: str, size: int) -> bytes:
        with _opened(f"{self.root}/{key}") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - size))
            return file.read()

    def write(self, objects: Mapping[str, bytes | Path]) -> None:
        self._put(objects, Path.replace)

    def create(self, key: str, data: bytes) -> None:
        self._put({key: data}, _rename_new)

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes the folders left empty, too."""
        changed = set()
        for key in keys:
            path = self.root / key
            path.unlink(missing_ok=True)
            for folder in path.parents:
                changed.discard(folder)
                if folder == self.root or (folder.exists() and any(folder.iterdir())):
                    changed.add(folder)
                    break
                with suppress(FileNotFoundError):
                    folder.rmdir()
        _sync_all(changed)

    @contextmanager
    def spool(self) -> Iterator[Path]:
        scratch = self.root / SCRATCH
        spool = _new_folder(scratch)
        try:
            yield spool
        finally:
            shutil.rmtree(spool, ignore_errors=True)
            with suppress(OSError):  # another writer's is there too
                scratch.rmdir()

    @contextmanager
    def locked(self, *, shared: bool = False) -> Iterator[None]:
        from generators.bucket.flock import locked_folder  # here, for not every system has it, and all can read

        with locked_folder(self.root, shared=shared):
            if shared:
                yield
                return
            self._clear()
            try:
                yield
            finally:
                self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self.root / SCRATCH, ignore_errors=True)

    def _put(self, objects: Mapping[str, bytes | Path], rename: Callable[[Path, Path], object]) -> None:
        """To the disk in the spool, then renamed, then the names to the disk, and of their folders up to the root."""
        with ExitStack() as stack:
            halves = {self.root / key: data for key, data in objects.items() if isinstance(data, Path)}
            if len(halves) < len(objects):
                spool = stack.enter_context(self.spool())
                for number, (key, data) in enumerate(objects.items()):
                    if isinstance(data, bytes):
                        half = halves[self.root / key] = spool / str(number)
                        half.write_bytes(data)
            _sync_all(halves.values())
            for path, half in halves.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                rename(half, path)
        _sync_all({folder for path in halves for folder in path.parents if folder.is_relative_to(self.root)})


def _opened(path: str) -> FileIO:
    """Plainly, by a string and without a buffer: readers come here for every chunk."""
    try:
        return FileIO(path)
    except (IsADirectoryError, NotADirectoryError):  # something else lies where an object should
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from None


def _has_files(folder: Path) -> bool:
    """Objects make folders, not the other way round: one without any is what a killed writer left."""
    return any(names for _, _, names in os.walk(folder))


def _new_folder(scratch: Path, tries: int = 100) -> Path:
    try:
        scratch.mkdir(exist_ok=True)  # but not the root, which may have been deleted under us
        return Path(tempfile.mkdtemp(dir=scratch))
    except (FileNotFoundError, FileExistsError):  # another writer, done, took the empty `scratch` away just now
        if not tries:
            raise
        return _new_folder(scratch, tries - 1)


def _rename_new(half: Path, path: Path) -> None:
    try:
        os.link(half, path)  # unlike a rename, refuses a name that is taken
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        half.replace(path)


def _sync_all(paths: Collection[Path]) -> None:
    """All at once: the disk takes what comes together in one go, where each alone waits for a turn of its own."""
    with ThreadPoolExecutor(SYNCS) as pool:
        deque(pool.map(sync, paths), maxlen=0)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""A bucket in an object store (S3, Google, Azure), through obstore: what it stores is there in full or not at all."""

import errno
import importlib.util
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from generators.bucket.failures import check_endpoint, told

if TYPE_CHECKING:
    from obstore.store import ObjectStore

FLAGS = ".flags/"  # of the writers, see lease.py; no objects
UPLOADS = 8  # objects at a time
PART = 5 * 2**20  # bytes of a file that are sent as one, the least that S3 takes
PARTS = 4  # of a file at a time: with PART what an upload takes of memory
PATIENCE = 30.0  # seconds after which a server that doesn't answer is given up

_first_user: int | None = None  # the process that first opened a store


@dataclass(frozen=True)
class CloudBucket:
    """The objects below `url`: s3://bucket/prefix, gs://… or az://…. Pickles as that, and connects when first used.

    Credentials and endpoint come from the usual variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …).
    Every listing and every object read is that of the last write: S3, Google, Azure and Ceph all promise this.

    store: in place of the one at the URL, for tests.
    """

    url: str
    store: "ObjectStore | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if importlib.util.find_spec("obstore") is None:
            raise ValueError(f"{self.url} needs obstore: pip install 'bcb[s3]'")

    @property
    def name(self) -> str:
        return self.url

    @property
    def near(self) -> bool:
        return False

    def exists(self) -> bool:
        return bool(self.top())

    def top(self) -> set[str]:
        import obstore

        with self._opened() as store:
            found = obstore.list_with_delimiter(store)
        parts = {*found["common_prefixes"], *(entry["path"] for entry in found["objects"])}
        return parts - {FLAGS.rstrip("/")}

    def sizes(self, prefix: str = "") -> dict[str, int]:
        found = {entry["path"]: entry["size"] for entry in self._listed(prefix)}
        return {key: found[key] for key in sorted(found) if not key.startswith(FLAGS)}

    def read(self, key: str) -> bytes:
        import obstore

        with self._opened(key) as store:
            return bytes(obstore.get(store, key).bytes())

    def read_range(self, key: str, start: int, size: int) -> bytes:
        import obstore

        if size == 0:
            return b""
        with self._opened(key) as store, _nothing_beyond_the_end():
            return bytes(obstore.get_range(store, key, start=start, length=size))
        return b""

    def read_tail(self, key: str, size: int) -> bytes:
        import obstore

        if size == 0:
            return b""
        with self._opened(key) as store, _nothing_beyond_the_end():
            return bytes(obstore.get(store, key, options={"range": {"suffix": size}}).bytes())
        return b""

    def write(self, objects: Mapping[str, bytes | Path]) -> None:
        with ThreadPoolExecutor(min(UPLOADS, len(objects)) or 1) as pool:
            for _ in pool.map(self._upload, objects, objects.values()):
                pass

    def create(self, key: str, data: bytes) -> None:
        """By a conditional put. Where the server has none, of two at once both may believe that they got it."""
        import obstore
        from obstore.exceptions import NotSupportedError

        with self._opened(key) as store:
            with suppress(FileNotFoundError):
                obstore.head(store, key)  # for servers that overlook the condition
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), f"{self.url}/{key}")
            try:
                obstore.put(store, key, data, mode="create")
            except NotSupportedError:
                obstore.put(store, key, data)

    def delete(self, keys: Iterable[str]) -> None:
        import obstore

        keys = list(keys)
        with self._opened() as store:
            try:
                obstore.delete(store, keys)
            except FileNotFoundError:  # not S3, which doesn't mind
                for key in keys:
                    with suppress(FileNotFoundError):
                        obstore.delete(store, key)

    def modified(self, prefix: str) -> dict[str, datetime]:
        """When every object below `prefix` was last written, by key, as the server's clock has it."""
        return {entry["path"]: entry["last_modified"] for entry in self._listed(prefix)}

    @contextmanager
    def spool(self) -> Iterator[Path]:
        """Where TMPDIR says."""
        with tempfile.TemporaryDirectory(prefix="bcb-") as folder:
            yield Path(folder)

    def locked(self, *, shared: bool = False) -> AbstractContextManager[None]:
        from generators.bucket.lease import leased

        return leased(self, shared=shared)

    def _upload(self, key: str, data: bytes | Path) -> None:
        import obstore

        with self._opened(key) as store:
            obstore.put(store, key, data, chunk_size=PART, max_concurrency=PARTS)
        if isinstance(data, Path):
            data.unlink()

    def _listed(self, prefix: str) -> list:
        import obstore

        with self._opened() as store:
            return [entry for entries in obstore.list(store, prefix or None) for entry in entries]

    @contextmanager
    def _opened(self, key: str = "") -> "Iterator[ObjectStore]":
        """The store; what it complains of is told as an OSError."""
        with told(self.url, key):
            yield self.store or _connect(self.url, os.getpid())


@lru_cache(maxsize=16)
def _connect(url: str, process: int) -> "ObjectStore":
    """The store at a URL.

    The threads of obstore don't survive a fork, and calls in the child would wait for ever.
    """
    from obstore.store import from_url

    check_endpoint()
    global _first_user
    _first_user = _first_user or process
    if _first_user != process:
        raise OSError(
            "a forked process can't use the object stores of its parent; start processes by spawn or forkserver"
        )
    return from_url(
        url,
        client_options={"allow_http": True, "connect_timeout": "5s", "timeout": "60s"},
        retry_config={"max_retries": 100, "retry_timeout": timedelta(seconds=PATIENCE)},
    )


@contextmanager
def _nothing_beyond_the_end() -> Iterator[None]:
    """Servers refuse a range that begins where the object ends (416), or any of an empty one."""
    from obstore.exceptions import GenericError

    try:
        yield
    except GenericError as error:
        if "416" not in str(error).partition("\n")[0] and "Invalid range" not in str(error):
            raise

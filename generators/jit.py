"""numba's `njit` with a cache on disk that is never stale and that nothing depends on.

numba's own (`cache=True`) looks only at the file that a function is in, not at the neighbours compiled into it; fails
on import where neither the source's folder nor the home can be written; and when processes compile one function for two
types at once, it may keep the code for one under the name of the other. Here every signature has a file of its own,
sealed with a hash of the sources and of what it holds. A file that does not fit is as none, and so is one that can't be
written: then every process compiles for itself.
"""

import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

import numba
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

Function = TypeVar("Function", bound=Callable)


def compiled(*signatures: str, **options: Any) -> Callable[[Function], Function]:
    """A decorator as numba.njit, without the GIL, and cached: signatures are compiled at once, others when needed.

    The function is a module's, and what is compiled into it must lie in its folder: functions, numbers, types.
    """

    def decorate(function: Function) -> Function:
        kernel: Any = numba.njit(nogil=True, **options)(function)
        if kernel is function:  # NUMBA_DISABLE_JIT
            return function
        if getattr(function, "__closure__", None) is None:  # what is in a closure can't be seen in the sources
            with suppress(OSError):  # no file (a notebook, a zip), or one that can't be read
                kernel._cache = Files(function, options)
        for signature in signatures:
            kernel.compile(signature)
        if signatures:
            kernel.disable_compile()
        return cast(Function, kernel)

    return decorate


class Files(NullCache):
    """A function's compiled signatures on disk, a file each, as numba's dispatcher asks for them."""

    def __init__(self, function: Any, options: dict[str, Any]):
        code = function.__code__
        self.source = Path(code.co_filename).absolute()
        self.name = f"{function.__module__}.{function.__qualname__}"
        which = (code.co_firstlineno, code.co_code, sorted(options.items()))
        self.stamp = hashlib.sha256(repr(which).encode() + _sources(self.source)).digest()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        target_context.refresh()
        name = self._file(sig, target_context.codegen())
        for folder in _folders(self.source):
            with suppress(OSError):
                data = _read(folder / name, self.source)
                if data[:32] == self._seal(data[32:]):
                    return CompileResult._rebuild(target_context, *pickle.loads(data[32:]))
        return None

    def save_overload(self, sig: Any, cres: Any) -> None:
        if cres.lifted or cres.library.has_dynamic_globals:
            return  # bound to this process
        data = dumps(cres._reduce())
        for folder in _folders(self.source):
            with suppress(OSError):
                return _write(folder / self._file(sig, cres.codegen), self._seal(data) + data)

    def _file(self, sig: Any, codegen: Any) -> str:
        """What may lie beside each other: of checkouts, versions, processors, signatures."""
        kind = (self.source, sys.implementation.cache_tag, numba.__version__, codegen.magic_tuple(), sig)
        return f"{self.name}-{hashlib.sha256(repr(kind).encode()).hexdigest()[:16]}.nbc"

    def _seal(self, data: bytes) -> bytes:
        return hashlib.sha256(self.stamp + data).digest()


def _sources(source: Path) -> bytes:
    """A hash of all the modules of a file's folder."""
    whole = hashlib.sha256()
    for path in sorted({source, *source.parent.glob("[!.]*.py")}):
        text = path.read_bytes()
        whole.update(f"{path.name} {len(text)} ".encode() + text)
    return whole.digest()


def _folders(source: Path) -> Iterator[Path]:
    """Where files may be, best first."""
    if numba_dir := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(numba_dir)
    yield source.parent / "__pycache__"
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if os.path.isabs(home):
        yield Path(home, "bcb")
    yield Path(tempfile.gettempdir(), f"bcb-{_user()}")


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0  # Windows gives all files the owner 0


def _read(path: Path, source: Path) -> bytes:
    """A file's content, if its owner could as well have changed what runs already: it is code."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_uid not in (0, _user(), source.stat().st_uid):
            raise PermissionError(f"{path} is someone else's")
        return file.read()


def _write(path: Path, data: bytes) -> None:
    """All of a file or nothing: other processes may be reading it, and writing it too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)

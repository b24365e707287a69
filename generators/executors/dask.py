"""Tasks on a Dask cluster: any number of machines that see the same store."""

import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from queue import Empty, SimpleQueue
from types import ModuleType
from typing import Any, TypeAlias
from uuid import uuid4

from generators.executors.executor import Task, Tick, WorkerDied
from generators.executors.remote import Call, is_at_work
from generators.versions import versions_here

Client: TypeAlias = Any  # distributed's own types say of every answer that it might be a coroutine
Future: TypeAlias = Any

AHEAD = 4  # tasks that the scheduler holds for each thread of the cluster, so that none idles
PROTOCOLS = ("tcp://", "tls://", "ws://", "wss://", "ucx://", "inproc://")
CONNECT_SECONDS = 10.0
POLL_SECONDS = 0.25
STOP_SECONDS = 60.0  # how long a task may take to its next tick when the run is dropped


@dataclass(frozen=True)
class DaskCluster:
    """The workers of one Dask scheduler, those that join later too.

    scheduler:      its address, tcp://host:8786; or
    scheduler_file: the file that `dask scheduler --scheduler-file` writes.
    wait_seconds:   how long to wait while there is no worker, at the start or later.
    Raises ValueError when not one of the two is given, and when the package distributed is missing.
    """

    scheduler: str | None = None
    scheduler_file: Path | None = None
    wait_seconds: float = 300.0

    def __post_init__(self):
        if (self.scheduler is None) == (self.scheduler_file is None):
            raise ValueError("name one of the two: a Dask scheduler's address, or its scheduler file")
        if self.scheduler and not self.scheduler.startswith(PROTOCOLS):
            raise ValueError(f"{self.scheduler} is no address of a Dask scheduler; those begin with tcp:// or tls://")
        if not find_spec("distributed"):
            raise ValueError("a Dask cluster needs distributed: pip install 'bcb[dask]'")

    def run(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        """As Executor.run; ticks when a task is finished. When it has returned or raised, no task runs.

        A task whose worker dies runs again elsewhere, until it has lost four (Dask's `allowed-failures`).
        Raises ValueError when there is no scheduler within 10 s. WorkerDied: the scheduler went away, there
        was no worker for `wait_seconds`, one task lost all its workers, or a worker has other versions.
        """
        address = self._address()
        with _connected(address) as client:
            run = _Run(client, address, self.wait_seconds)
            try:
                run.all(function, tasks, tick)
            except BaseException:
                run.stop()
                raise

    def _address(self) -> str:
        file = self.scheduler_file
        if file is None:
            return self.scheduler or ""
        try:
            return json.loads(Path(file).read_text())["address"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{file} is no scheduler file; start dask scheduler --scheduler-file {file}") from error


class _Run:
    """One run's tasks: a bounded window of them is with the scheduler, the rest waits here."""

    def __init__(self, client: Client, address: str, patience: float):
        self._client = client
        self._address = address
        self._patience = patience
        self._id = uuid4().hex
        self._waiting: set[Future] = set()
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._threads = 0
        self._asked, self._seen = -POLL_SECONDS, time.monotonic()

    def all(self, function: Callable[[Task, Tick], None], tasks: Sequence[Task], tick: Tick) -> None:
        calls = iter(enumerate(Call(function, task, self._id, versions_here()) for task in tasks))
        while True:
            for number, call in islice(calls, max(0, AHEAD * max(1, self._thread_count()) - len(self._waiting))):
                future = self._client.submit(call, key=(f"bcb-{self._id}", number), pure=False)
                future.add_done_callback(self._done.put)
                self._waiting.add(future)
            if not self._waiting:
                return
            done = self._next_done()
            self._waiting -= done
            if done:
                tick(sum(self._results(list(done))))

    def stop(self) -> None:
        """Drop all that is left, and wait until the tasks that run have noticed (each at its next tick)."""
        by = time.monotonic() + STOP_SECONDS
        with suppress(OSError, CancelledError):
            self._client.cancel(list(self._waiting))
            while self._client.status == "running" and time.monotonic() < by:
                time.sleep(POLL_SECONDS)  # first, so that workers hear of it before they are asked
                if not any(self._client.run(is_at_work, self._id, on_error="ignore").values()):
                    break

    def _thread_count(self) -> int:
        """The cluster's threads, as of a moment ago. Raises WorkerDied when there have been none for too long."""
        now = time.monotonic()
        if now - self._asked >= POLL_SECONDS:
            try:
                self._threads = sum(self._client.nthreads().values())
            except (OSError, CancelledError) as error:
                raise self._gone() from error
            self._asked = now
            if self._threads:
                self._seen = now
            elif now - self._seen >= self._patience:
                raise WorkerDied(
                    f"the Dask scheduler at {self._address} has had no worker for {self._patience:g} s; start some"
                )
        return self._threads

    def _next_done(self) -> set[Future]:
        """The futures that are done since the last call; waits for one, but not for long."""
        done = set()
        with suppress(Empty):
            done.add(self._done.get(timeout=POLL_SECONDS))
            while True:
                done.add(self._done.get_nowait())
        return done

    def _results(self, done: list[Future]) -> list[int]:
        try:
            return self._client.gather(done)
        except Exception as error:
            if not any(future.status == "error" for future in done):  # not the task's, but of the way to its result
                raise self._gone() from error
            plain = _in_one_line(error)
            if plain:
                raise plain from error
            raise

    def _gone(self) -> WorkerDied:
        return WorkerDied(f"the Dask scheduler at {self._address} went away; start one")


def _in_one_line(error: Any) -> WorkerDied | None:
    """What a task's exception says of its worker; None for the task's own."""
    wrapped = type(error) is RuntimeError  # by the scheduler, which reads tasks too
    cause = error.__cause__ if wrapped else error
    if isinstance(cause, ImportError):
        return WorkerDied(f"the cluster can't load the task ({cause}); install the same bcb there as here")
    if isinstance(error, _distributed().scheduler.KilledWorker):
        return WorkerDied(
            f"{error.allowed_failures + 1} times a worker died at the same task, the last at "
            f"{error.last_worker.address} (out of memory?); give workers more memory"
        )
    return None


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A client that says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions that differ: every task checks those that matter
        try:
            client = _distributed().Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise ValueError(
                f"no Dask scheduler answers at {address}; start one (dask scheduler) or correct the address"
            ) from error
        try:
            yield client
        finally:
            with suppress(OSError):  # that there is nobody to say goodbye to
                client.close()


def _distributed() -> ModuleType:
    """The package, imported so that it doesn't write to stderr what we say ourselves, in one line."""
    from dask import config

    quiet = ("distributed", "distributed.client", "tornado", "tornado.application")
    with config.set({"logging": dict.fromkeys(quiet, "critical")}):
        import distributed
    return distributed

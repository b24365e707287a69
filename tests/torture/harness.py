"""What the torture shares: command lines that can be killed, and what a store's folder holds."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generators.kinds.balls import ARRAYS
from generators.spec import SPLITS
from generators.store import StoreError, StoreReader

PATIENCE = 60  # seconds; no command line of the torture takes that long
RECORD = re.compile(r"commits/\w+/\d+\.json")
SIZES = ("--preset", "small", "--size", 16, "--shard-episodes", 2)


def generate(store, *more, train=4, test=9, seed=0, workers=1):
    """The command line that makes a small store: `train` and `test` episodes, two in a shard (so 2 + 5 shards)."""
    counts = ("--train", train, "--val", 0, "--test", test, "--seed", seed, "--workers", workers)
    return ("generate", *SIZES, *counts, "--out", store, *more)


@dataclass(frozen=True)
class Done:
    """What a command line came to; `code` is negative for the signal that ended it."""

    code: int
    out: str
    err: str

    @property
    def refused(self) -> str:
        """The one clear line of a refusal. Fails unless it is one."""
        assert self.code == 2, self
        assert self.err.startswith("Error: "), self
        assert self.err.count("\n") == 1, self
        return self.err


class Bcb:
    """`bcb(…)` runs a command line, `bcb.start(…)` lets it go on by itself."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="torture-"))
        self._server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        self._runs = 0

    def __call__(self, *arguments: Any) -> Done:
        return self.start(*arguments).wait()

    def start(self, *arguments: Any) -> "Run":
        self._runs += 1
        out, err = (self.folder / f"{self._runs}.{name}" for name in ("out", "err"))
        for path in (out, err):
            path.touch()
        return Run(self, self.ask("start", [str(a) for a in arguments], str(out), str(err)), out, err)

    def ask(self, *command: Any) -> int:
        self.tell(*command)
        return self.answer()

    def tell(self, *command: Any) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(command).encode() + b"\n")
        self._server.stdin.flush()

    def answered(self, seconds: float) -> bool:
        return bool(select.select([self._server.stdout], [], [], seconds)[0])

    def answer(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())

    def close(self) -> None:
        self._server.communicate()


@dataclass
class Run:
    """A command line that is running, until it is waited for."""

    bcb: Bcb
    pid: int
    out: Path
    err: Path

    def wait(self, watch=None) -> Done:
        """Wait for its end; meanwhile call `watch` over and over."""
        self.bcb.tell("wait", self.pid)
        until = time.monotonic() + PATIENCE
        while not self.bcb.answered(0.0005 if watch else PATIENCE):
            if time.monotonic() > until or not watch:
                os.killpg(self.pid, signal.SIGKILL)
                raise TimeoutError(f"{self.bcb.answer()} after {PATIENCE} s: {self.err.read_text()}")
            watch()
        done = Done(self.bcb.answer(), self.out.read_text(), self.err.read_text())
        assert "Traceback" not in done.err, done.err
        return done

    def kill(self) -> None:
        """SIGKILL to the process and all that it started."""
        os.killpg(self.pid, signal.SIGKILL)

    @property
    def ended(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"

    def workers(self) -> list[int]:
        """The process ids of its worker processes."""
        found = []
        with suppress(FileNotFoundError, ProcessLookupError):  # ended while we looked
            for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split():
                if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(int(pid))
        return found


def tree(folder) -> dict[str, bytes]:
    """All that is in a folder: files with their bytes, folders as b"/"."""
    paths = sorted(Path(folder).rglob("*"))
    return {str(path.relative_to(folder)): b"/" if path.is_dir() else path.read_bytes() for path in paths}


def stamps(folder) -> dict[str, tuple[int, int]]:
    """The inode and time of change of every file: what stays when nobody writes it."""
    found = {}
    for inside, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(inside, name)
            with suppress(FileNotFoundError):  # gone while we looked
                stat = os.stat(path)
                found[os.path.relpath(path, folder)] = stat.st_ino, stat.st_mtime_ns
    return found


def committed(folder, whole: dict[str, bytes]) -> dict[str, tuple[int, int]]:
    """The stamps of the files of every shard that is committed and sound: all as they are in the `whole` store."""
    found, there = stamps(folder), tree(folder)
    stay = set()
    for record in records(folder):
        key, split = str(record.relative_to(folder)), record.parent.name
        if key in whole:
            files = {key, *(f"{split}/{name}" for name in json.loads(whole[key])["objects"])}
            stay |= files if all(there.get(name) == whole[name] for name in files) else set()
    return {key: found[key] for key in stay}


def records(folder) -> list[Path]:
    """The commit records of its shards."""
    return [path for path in sorted(Path(folder).glob("commits/*/*.json")) if path.stem.isdigit()]


def read(folder) -> dict[str, dict[str, np.ndarray] | None]:
    """All that a reader gets of each split; None where it refuses, which it does in one line."""
    found: dict[str, dict[str, np.ndarray] | None] = {}
    for split in SPLITS:
        try:
            reader = StoreReader(folder, split)
            found[split] = {name: reader.read(name) for name in ARRAYS}
        except StoreError as refusal:
            found[split] = None
            if "\n" in str(refusal):
                raise
    return found


def same(a: dict[str, np.ndarray] | None, b: dict[str, np.ndarray] | None) -> bool:
    return a is not None and b is not None and all(a[name].tobytes() == b[name].tobytes() for name in a)


class Changes:
    """How often a folder has changed since this was made, as far as was looked, and how many shards were committed."""

    def __init__(self, folder):
        self._folder = folder
        self._first = self._last = stamps(folder)
        self.seen = self.commits = 0

    def look(self) -> None:
        now = stamps(self._folder)
        if now != self._last:
            self.seen += 1
            self.commits = sum(bool(RECORD.fullmatch(key)) for key, _ in now.items() - self._first.items())
        self._last = now

"""Resident memory of a process and those that it started, from /proc."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


class PeakMemory:
    """The most that each process of a tree ever held. To be sampled while they live."""

    def __init__(self, pid: int):
        self._pid = pid
        self._peaks: dict[int, int] = {}

    def sample(self) -> None:
        for pid in _tree(self._pid):
            with suppress(OSError):
                for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
                    if line.startswith("VmHWM:"):
                        self._peaks[pid] = int(line.split()[1]) * 1024

    @property
    def bytes(self) -> int | None:
        """The sum of all processes' peaks: at least what they held together. None where there is no /proc."""
        return sum(self._peaks.values()) or None


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):  # it has just ended
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text(encoding="utf-8").split():
                yield from _tree(int(child))

"""One contestant, once: a fresh process that does its work, times it, and prints one line of JSON."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from bcb.bench.memory import PeakMemory

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Outcome:
    """said: what the process printed.   peak_memory: bytes, of it and all that it started; None where unknown."""

    said: dict[str, Any]
    peak_memory: int | None


def compete(command: Sequence[str], cpus: int) -> Outcome:
    """Run a contestant on the first `cpus` of this process's CPUs, where the system lets one choose.

    Raises ValueError, with the last line that it said, when it fails.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        try:
            if hasattr(os, "sched_setaffinity"):  # or the threads of one worker would use the cores of two
                os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:cpus])
            memory = PeakMemory(process.pid)
            while _running(process):
                memory.sample()
            output, _ = process.communicate()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and whatever it started
            process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if process.returncode:
        raise ValueError(f"{' '.join(command)} failed: {said.splitlines()[-1] if said else process.returncode}")
    return Outcome(json.loads(output), memory.bytes)


def _running(process: subprocess.Popen) -> bool:
    try:
        process.wait(SAMPLE_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False

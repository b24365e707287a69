"""The lock of an object store, which has none: writers raise flags, and look whether they are alone.

A writer puts an object below `.flags/`, then lists those of the others. Of two that come at once, whoever
looks last sees the other, so both may step back and try again, but never do both go on. Nothing is needed of the
server but that a listing shows what was put before.

A flag tells its host and process, and is put anew every few seconds. It counts no more when that process is dead,
if it is one of this machine, or when it hasn't been put for LEASE seconds, by the server's own clock.

Correctness doesn't rest on it (a writer that was halted for longer may wake up beside another): all writers
of a store write the same bytes, and a shard is committed last. It keeps them from doing each other's work.
"""

import json
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from generators.bucket.cloud import FLAGS, CloudBucket
from generators.errors import StoreError

LEASE = 30.0  # seconds that a flag counts
TRIES = 5
SOMEBODY = "another process"


@contextmanager
def leased(bucket: CloudBucket, *, shared: bool = False) -> Iterator[None]:
    """Hold the bucket's lock. Raises StoreError, naming host and process, when it is held by another."""
    key = f"{FLAGS}{'shared' if shared else 'alone'}-{uuid.uuid4().hex}"
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(bucket, key, done), daemon=True)
    try:
        _raise_flag(bucket, key, shared)
        renewing.start()
        yield
    finally:
        done.set()
        if renewing.ident:
            renewing.join()  # or it would put the flag again
        with suppress(OSError):  # if it can't be deleted now, it stops counting
            bucket.delete([key])


def _raise_flag(bucket: CloudBucket, key: str, shared: bool) -> None:
    holder = None
    for _ in range(TRIES):
        bucket.write({key: _us()})
        holder = _in_the_way(bucket, key, shared)
        if holder is None:
            return
        bucket.delete([key])
        time.sleep(random.uniform(0.1, 0.6))  # as long as it takes to look, and not as long as the other
    raise StoreError(f"{bucket.url} is being written by {holder}; wait until it is done")


def _in_the_way(bucket: CloudBucket, key: str, shared: bool) -> str | None:
    """A writer that we can't write beside. Takes away the flags that count no more."""
    flags = bucket.modified(FLAGS)
    now = flags.pop(key, None)  # the server's clock, for ours may be wrong
    if now is None:  # we were halted, and somebody took our flag away
        return SOMEBODY
    for other, modified in flags.items():
        if shared and other.startswith(f"{FLAGS}shared-"):
            continue
        with suppress(FileNotFoundError):  # it has just gone
            holder = _holder(bucket.read(other))
            if holder and now - modified < timedelta(seconds=LEASE):
                return holder
            bucket.delete([other])
    return None


def _renew(bucket: CloudBucket, key: str, done: threading.Event) -> None:
    while not done.wait(LEASE / 3):
        with suppress(OSError):  # the next may succeed
            bucket.write({key: _us()})


def _us() -> bytes:
    return json.dumps({"host": socket.gethostname(), "process": os.getpid(), "machine": _machine()}).encode()


def _holder(flag: bytes) -> str | None:
    """Who raised it, as far as it tells; None when that process is dead."""
    try:
        who = json.loads(flag)
        return None if _dead(who) else f"process {who['process']} on {who['host']}"
    except (ValueError, LookupError, TypeError, OverflowError):  # not written by this version
        return SOMEBODY


def _machine() -> str:
    """Where process numbers mean the same: host names aren't unique, and containers count on their own."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id") as boot:
        return f"{boot.read().strip()} {os.stat('/proc/self/ns/pid').st_ino}"
    return f"{socket.gethostname()} {uuid.getnode()}"


def _dead(who: dict[str, Any]) -> bool:
    if who["machine"] != _machine():
        return False
    try:
        os.kill(who["process"], 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's
        return False
    return False

"""Object stores, without one: a store in memory, and servers that aren't there."""

import json
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from generators.bucket import cloud, lease
from generators.bucket.cloud import CloudBucket
from generators.errors import StoreError
from tests.generators.bucket_contract import BucketContract


@pytest.fixture
def bucket() -> CloudBucket:
    from obstore.store import MemoryStore

    return CloudBucket("s3://bucket/store", MemoryStore())


class TestMemory(BucketContract):
    """What the contract asks for, of a store in this process."""

    def test_it_pickles(self, bucket: CloudBucket):
        """As its URL."""
        assert pickle.loads(pickle.dumps(CloudBucket(bucket.url))) == bucket


def flag(bucket: CloudBucket, kind: str = "alone", **who: object) -> str:
    """Raise a flag of another writer."""
    key = f".flags/{kind}-other"
    told = {**json.loads(lease._us()), **who}
    bucket.write({key: json.dumps(told).encode()})
    return key


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_flag_of_a_dead_process_of_this_machine_counts_for_nothing(bucket: CloudBucket):
    flag(bucket, process=dead_process())
    with bucket.locked():
        assert len(bucket.modified(".flags/")) == 1


def test_a_process_of_another_machine_can_not_be_known_to_be_dead(bucket: CloudBucket):
    flag(bucket, process=dead_process(), host="far", machine="another")
    words = r"s3://bucket/store is being written by process \d+ on far; wait until it is done"
    with pytest.raises(StoreError, match=words), bucket.locked():
        pass
    assert bucket.modified(".flags/").keys() == {".flags/alone-other"}  # our own was taken down


def test_a_flag_that_is_not_put_anew_stops_counting(bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch):
    old = flag(bucket, host="far", machine="another")
    modified = CloudBucket.modified

    def late(self: CloudBucket, prefix: str) -> dict[str, datetime]:
        return {
            key: when - timedelta(seconds=lease.LEASE + 1) * (key == old)
            for key, when in modified(self, prefix).items()
        }

    monkeypatch.setattr(CloudBucket, "modified", late)
    with bucket.locked():
        assert old not in bucket.modified(".flags/")


def test_flags_are_put_anew(bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lease, "LEASE", 0.1)
    with bucket.locked():
        first = bucket.modified(".flags/")
        for _ in range(100):
            threading.Event().wait(0.02)
            if bucket.modified(".flags/") != first:
                break
        assert bucket.modified(".flags/").keys() == first.keys()
        assert bucket.modified(".flags/") != first
    assert not bucket.modified(".flags/")


def test_a_writer_whose_flag_was_taken_away_raises_it_again(bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch):
    """It was halted for long, and another came by."""
    modified, looks = CloudBucket.modified, []

    def once_gone(self: CloudBucket, prefix: str) -> dict[str, datetime]:
        looks.append(prefix)
        return {} if len(looks) == 1 else modified(self, prefix)

    monkeypatch.setattr(CloudBucket, "modified", once_gone)
    with bucket.locked():
        assert len(looks) == 2
        assert len(bucket.modified(".flags/")) == 1


def test_a_writer_whose_flag_is_always_taken_away_gives_up(bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(CloudBucket, "modified", lambda self, prefix: {})
    monkeypatch.setattr(lease, "TRIES", 2)
    with pytest.raises(StoreError, match="is being written by another process; wait until it is done"), bucket.locked():
        pass


@pytest.mark.parametrize(
    "told",
    [b"", b"\xff", b"{}", b"[]", b"7", b'{"machine": 1, "host": "far"}', "a process that is no number", "a huge one"],
)
def test_a_flag_that_can_not_be_read_counts_until_it_runs_out(
    bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch, told: bytes | str
):
    if isinstance(told, bytes):
        bucket.write({".flags/alone-other": told})
    else:
        flag(bucket, process=10**30 if "huge" in told else "?")
    with monkeypatch.context() as patch:
        patch.setattr(lease, "TRIES", 1)
        with pytest.raises(StoreError, match="written by another process; wait"), bucket.locked():
            pass
    monkeypatch.setattr(lease, "LEASE", -1.0)
    lease._raise_flag(bucket, ".flags/alone-ours", shared=False)
    assert bucket.modified(".flags/").keys() == {".flags/alone-ours"}


def test_of_two_that_come_at_once_one_goes_on(bucket: CloudBucket):
    alone, inside, most = threading.Barrier(2), [], []

    def write() -> None:
        alone.wait()
        with bucket.locked():
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.05)
            inside.pop()

    for _ in range(3):
        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
    assert set(most) == {1}


def test_a_server_without_conditions_takes_what_is_new(bucket: CloudBucket, monkeypatch: pytest.MonkeyPatch):
    import obstore
    from obstore.exceptions import NotSupportedError

    put = obstore.put

    def plain(*args: object, mode: str | None = None, **options: object) -> object:
        if mode == "create":
            raise NotSupportedError("no conditions here")
        return put(*args, **options)  # pyright: ignore

    monkeypatch.setattr(obstore, "put", plain)
    bucket.create("a", b"first")
    with pytest.raises(FileExistsError):
        bucket.create("a", b"second")
    assert bucket.read("a") == b"first"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """To set them in; there are none."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    return monkeypatch


def test_a_server_that_is_not_there_is_named(variables: pytest.MonkeyPatch):
    variables.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    variables.setenv("AWS_ACCESS_KEY_ID", "someone")
    variables.setenv("AWS_SECRET_ACCESS_KEY", "something")
    variables.setattr(cloud, "PATIENCE", 1.0)
    with pytest.raises(ConnectionError) as error:
        CloudBucket("s3://bucket/not-there").top()
    words = "http://127.0.0.1:9 doesn't answer (Connection refused); is AWS_ENDPOINT_URL right?"
    assert str(error.value) == words


def test_an_endpoint_needs_a_scheme(variables: pytest.MonkeyPatch):
    variables.setenv("AWS_ENDPOINT_URL", "localhost:9000")
    with pytest.raises(OSError, match="AWS_ENDPOINT_URL is 'localhost:9000'; it must begin with http:// or https://"):
        CloudBucket("s3://bucket/no-scheme").top()


def test_half_of_the_credentials_is_none(variables: pytest.MonkeyPatch):
    variables.setenv("AWS_ACCESS_KEY_ID", "someone")
    with pytest.raises(PermissionError, match="there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS"):
        CloudBucket("s3://bucket/half").top()
    with pytest.raises(PermissionError, match="there are no credentials; set AZURE_STORAGE_ACCOUNT_NAME and "):
        CloudBucket("az://container/none").top()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="has no fork")
def test_a_forked_process_is_told_rather_than_left_waiting(tmp_path: Path):
    """In a process of its own, for this one has threads."""
    code = """
import os
from generators.bucket import cloud
bucket = cloud.CloudBucket("memory:///a")
bucket.write({"a": b"1"})
if os.fork():
    os.wait()
else:
    try:
        bucket.read("a")
    except OSError as error:
        print(error, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "a forked process can't use the object stores of its parent; start processes by spawn" in done.stdout


def test_a_spawned_process_opens_its_own(tmp_path: Path):
    from obstore.store import LocalStore

    LocalStore(tmp_path, mkdir=True)
    bucket = CloudBucket(f"file://{tmp_path}")
    bucket.write({"a": b"1"})
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(bucket.read, ("a",)) == b"1"

"""Stores on a real S3 server: made, killed, extended, damaged, mended and read as in a folder, to the byte."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bcb.cli import run
from bcb.specs import SpecFlags, spec_from
from generators.bucket import cloud, lease, open_bucket
from generators.bucket.cloud import CloudBucket
from generators.engine import finalize, generate
from generators.store import StoreError, StoreReader
from generators.verify import verify

pytestmark = pytest.mark.slow

SPEC = spec_from(SpecFlags(preset="small", rule="frequent", context_frames=3, seed=1), None, {})
COUNTS = {"train": 12, "val": 0, "test": 7}


def command(out: str) -> list[str]:
    """The command line that makes the dataset, in ten shards."""
    flags = "generate --preset small --rule frequent --context-frames 3 --seed 1 --shard-episodes 2 --workers 2"
    counts = [word for split, count in COUNTS.items() for word in (f"--{split}", str(count))]
    return [*flags.split(), *counts, "--out", out]


def objects(where: str | Path) -> dict[str, bytes]:
    bucket = open_bucket(where)
    return {key: bucket.read(key) for key in bucket.sizes()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed run makes on a disk."""
    out = tmp_path_factory.mktemp("folder") / "store"
    generate(SPEC, out, COUNTS, workers=1, shard_episodes=2)
    return out


@pytest.fixture
def store(s3: str, folder: Path) -> str:
    """The same on the server, put there object by object."""
    open_bucket(s3).write(objects(folder))
    return s3


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command line of bcb in a process group of its own, which is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bcb", *arguments], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for something that a process does."""
    end = time.monotonic() + 60
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line with which a command line is refused."""
    assert run(list(arguments)) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    return captured.err


def test_two_workers_write_what_one_writes_in_a_folder(s3: str, folder: Path):
    result = generate(SPEC, s3, COUNTS, workers=2, shard_episodes=2)
    assert result.made == sum(COUNTS.values())
    assert objects(s3) == objects(folder)
    assert verify(s3) == []
    assert generate(SPEC, s3, COUNTS, workers=2).made == 0


@pytest.mark.parametrize("commits", [0, 4, 8])
def test_a_killed_run_is_resumed(s3: str, folder: Path, commits: int):
    bucket = open_bucket(s3)
    with running(*command(s3)) as process:
        until(lambda: len(bucket.sizes("commits/")) >= commits and bucket.exists(), process)
        os.killpg(process.pid, signal.SIGKILL)
    if len(bucket.sizes("commits/")) < 12:  # or it was done before it was killed
        with pytest.raises(StoreError):
            StoreReader(s3, "test")
    result = generate(SPEC, s3, COUNTS, workers=1)
    assert result.kept >= 2 * (commits - 2)  # two of the records are the plans
    assert objects(s3) == objects(folder)
    assert not CloudBucket(s3).modified(".flags/")


def test_a_second_writer_is_refused_by_name_of_the_first(s3: str, folder: Path, capsys: pytest.CaptureFixture[str]):
    with running(*command(s3)) as process:
        until(lambda: bool(CloudBucket(s3).modified(".flags/")) and open_bucket(s3).exists(), process)
        os.killpg(process.pid, signal.SIGSTOP)
        line = refused(capsys, *command(s3))
        assert f"{s3} is being written by process {process.pid} on {socket.gethostname()}" in line
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(60) == 0
    assert objects(s3) == objects(folder)


def test_shares_are_written_at_once(s3: str, folder: Path):
    with running(*command(s3), "--shards", "0:4") as one, running(*command(s3), "--shards", "4:") as other:
        assert (one.wait(60), other.wait(60)) == (0, 0)
    finalize(s3)
    assert objects(s3) == objects(folder)


def test_the_flag_of_a_lost_machine_counts_until_the_servers_clock_says_otherwise(
    s3: str, monkeypatch: pytest.MonkeyPatch
):
    bucket = CloudBucket(s3)
    bucket.write({".flags/alone-lost": b'{"host": "lost", "process": 1, "machine": "another"}'})
    with pytest.raises(StoreError, match="process 1 on lost"), bucket.locked():
        pass
    monkeypatch.setattr(lease, "LEASE", 1.0)
    time.sleep(1.5)
    with bucket.locked():
        assert ".flags/alone-lost" not in bucket.modified(".flags/")


def test_a_store_grows_and_what_is_there_stays_as_it_is(store: str, tmp_path: Path):
    before = CloudBucket(store).modified("train/")
    more = COUNTS | {"test": 11}
    result = generate(SPEC, store, more, workers=1)
    generate(SPEC, tmp_path / "s", more, workers=1, shard_episodes=2)
    assert objects(store) == objects(tmp_path / "s")
    assert CloudBucket(store).modified("train/") == before
    assert result.made <= 11 - COUNTS["test"] + 1


def test_overwriting_deletes_first(store: str, folder: Path):
    open_bucket(store).write({"train/frames/c/99/0/0/0": b"too much"})
    generate(SPEC, store, COUNTS, workers=1, shard_episodes=2, overwrite=True)
    assert objects(store) == objects(folder)


@pytest.mark.parametrize("damage", ["flipped", "cut short", "deleted", "record deleted", "metadata changed"])
def test_damage_is_found_and_mended(store: str, folder: Path, damage: str, capsys: pytest.CaptureFixture[str]):
    bucket, rng = CloudBucket(store), np.random.default_rng(0)
    key = {"record deleted": "commits/test/000001.json", "metadata changed": "test/answer/zarr.json"}.get(
        damage, "test/frames/c/1/0/0/0"
    )
    data = bytearray(bucket.read(key))
    if "deleted" in damage:
        bucket.delete([key])
    elif damage == "cut short":
        bucket.write({key: bytes(data[: rng.integers(len(data))])})
    else:
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        bucket.write({key: bytes(data)})
    others = {other: when for other, when in bucket.modified("").items() if other != key}
    assert run(["verify", store]) == 1
    assert key.rpartition("/")[2] in capsys.readouterr().out or damage == "record deleted"
    assert run(["verify", store, "--repair"]) == 0
    assert objects(store) == objects(folder)
    after = bucket.modified("")
    assert [other for other, when in others.items() if after[other] != when] in ([], ["commits/test/000001.json"])


def test_a_reader_reads_what_a_folders_does(store: str, folder: Path):
    for split, count in {"train": 12, "test": 7}.items():
        there, here = StoreReader(store, split), StoreReader(folder, split)
        assert len(there) == len(here) == count
        for name in ("frames", "answer", "position"):
            np.testing.assert_array_equal(there.read(name), here.read(name))
        np.testing.assert_array_equal(there.window("frames", 1, 1, 3), here.window("frames", 1, 1, 3))


@pytest.mark.parametrize("context", ["spawn", "forkserver"])
def test_workers_of_a_data_loader_open_it_themselves(store: str, folder: Path, context: str):
    from torch.utils.data import DataLoader

    from slotssm.data import EpisodeDataset

    if context == "forkserver":  # one that other tests have started knows no variables of this server
        forkserver._forkserver._stop()  # type: ignore[attr-defined]
    source = StoreReader(store, "test")
    source.episode(0)  # open here already
    loaded = DataLoader(EpisodeDataset(source), num_workers=2, multiprocessing_context=context)
    expected = EpisodeDataset(StoreReader(folder, "test"))
    for index, (steps, targets) in enumerate(loaded):
        assert (steps[0] == expected[index][0]).all()
        assert (targets[0] == expected[index][1]).all()


def test_xarray_reads_it_through_obstore_as_the_page_says(store: str, folder: Path):
    page = (Path(__file__).parents[2] / "docs" / "object-stores.md").read_text()
    block = page.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(block.replace("s3://bucket/frequent-640", store), names)
    data, here = names["data"], StoreReader(folder, "test")
    for name in ("position", "answer"):
        np.testing.assert_array_equal(data[name], here.read(name))
    assert data.frames.dims == ("episode", "time", "y", "x")


def test_the_command_line_takes_urls(s3: str, capsys: pytest.CaptureFixture[str]):
    assert run(command(s3)) == 0
    assert run(["inspect", s3]) == 0
    assert s3 in capsys.readouterr().out


def test_a_wrong_key_is_one_clear_line(s3: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    for line in (refused(capsys, *command(s3)), refused(capsys, "verify", s3)):
        assert f"{os.environ['AWS_ENDPOINT_URL']} refuses the credentials (SignatureDoesNotMatch); check AWS_" in line


def test_a_missing_bucket_is_one_clear_line(s3: str, capsys: pytest.CaptureFixture[str]):
    for line in (refused(capsys, *command("s3://nowhere/a")), refused(capsys, "inspect", "s3://nowhere/a")):
        assert f"there is no bucket 'nowhere' at {os.environ['AWS_ENDPOINT_URL']}" in line


def test_a_missing_store_is_one_clear_line(s3: str, capsys: pytest.CaptureFixture[str]):
    assert f"there is no store at {s3}" in refused(capsys, "verify", s3)


def test_a_dead_server_is_one_clear_line(s3: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(cloud, "PATIENCE", 1.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for line in (refused(capsys, *command(s3)), refused(capsys, "verify", s3)):
        assert "http://127.0.0.1:9 doesn't answer (Connection refused)" in line

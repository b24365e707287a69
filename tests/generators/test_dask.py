"""Tasks on a Dask cluster: real schedulers and workers, each a process of its own on loopback."""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from generators.engine import generate
from generators.executors import DaskCluster, WorkerDied
from generators.spec import Spec
from generators.store import StoreError
from generators.verify import verify
from generators.worlds import BouncingWorld

pytest.importorskip("distributed")
SPEC = Spec(context_frames=3, seed=1, world=BouncingWorld(balls=2, size=12, radius=(2.0, 2.0), speed=(1.0, 1.0)))
COUNTS = {"train": 31, "test": 10}  # 16 + 5 shards of 2 episodes
SOON = 60.0  # seconds; what takes longer than this never comes

JOBS = """
import errno, os, time

def double(task, tick):
    tick(task)
    tick(task)

def refuse_five(task, tick):
    if task == 5:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "five")
    tick(1)

def die(task, tick):
    os._exit(9)

def only_zero_ends(task, tick):
    folder, number = task
    (folder / f"begun-{number}").touch()
    try:
        while number:
            time.sleep(0.01)
            tick(0)
        tick(1)
    finally:
        (folder / f"ended-{number}").touch()

def wait_to_be_killed_once(task, tick):
    folder, number = task
    if not (folder / "killed").exists():
        (folder / f"pid-{os.getpid()}").touch()
        while not (folder / "killed").exists():
            time.sleep(0.01)
    tick(1)
"""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.scheduler = None
        self.workers = []
        (folder / "dask_jobs.py").write_text(JOBS)

    def start_scheduler(self, **config):
        self.file.unlink(missing_ok=True)
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", **config)
        wait_until(lambda: self.file.exists() and self.file.read_text().endswith("}"))
        return self

    def start_worker(self, threads=1):
        options = ("--nthreads", str(threads), "--no-nanny", "--local-directory", ".")
        self.workers.append(self._start("worker", *options))
        return self

    @property
    def executor(self):
        return DaskCluster(json.loads(self.file.read_text())["address"], wait_seconds=SOON)

    def close(self):
        for process in [*self.workers, self.scheduler]:
            if process:
                process.kill()
                process.wait()

    def _start(self, kind, *options, **config):
        command = [sys.executable, "-m", "dask", kind, "--scheduler-file", str(self.file), "--dashboard-address", ":0"]
        environment = os.environ | {"PYTHONPATH": str(self.folder), "OMP_NUM_THREADS": "1"} | config
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [*command, *options], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


def wait_until(condition):
    by = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < by
        time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path):
    """One to kill. Nothing runs yet."""
    (tmp_path / "dask").mkdir()
    cluster = Cluster(tmp_path / "dask")
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def steady(tmp_path_factory):
    """One that all tests share: a worker of one thread, and one of three."""
    cluster = Cluster(tmp_path_factory.mktemp("dask"))
    yield cluster.start_scheduler().start_worker().start_worker(threads=3)
    cluster.close()


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """What the workers import too."""
    (tmp_path / "dask_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("dask_jobs")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What one process makes."""
    out = tmp_path_factory.mktemp("whole") / "s"
    make(out, workers=1)
    return tree(out)


def make(out, **options):
    return generate(SPEC, out, COUNTS, shard_episodes=2, **options)


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def after(episodes, act):
    """A progress that acts once, when so many episodes are done."""
    left = [act]

    def progress(done, total):
        assert done <= total
        if left and done >= episodes:
            left.pop()()

    return progress


def test_every_task_runs_and_ticks_add_up(steady, jobs, capfd):
    told = []
    steady.executor.run(jobs.double, range(40), told.append)
    assert sum(told) == 2 * sum(range(40))
    steady.executor.run(jobs.double, [], lambda episodes: pytest.fail("nothing to tell"))
    assert capfd.readouterr() == ("", "")


def test_bytes_as_from_one_process(steady, whole, tmp_path, capfd):
    told = []
    result = make(
        tmp_path / "s",
        executor=DaskCluster(scheduler_file=steady.file),
        progress=lambda done, total: told.append((done, total)),
    )
    assert tree(tmp_path / "s") == whole
    assert (result.made, told[0], told[-1], told == sorted(told)) == (41, (0, 41), (41, 41), True)
    assert capfd.readouterr() == ("", "")


def test_the_first_exception_is_raised_as_it_is(steady, jobs):
    with pytest.raises(OSError, match="No space left") as caught:
        steady.executor.run(jobs.refuse_five, range(100), lambda episodes: None)
    assert (type(caught.value), caught.value.filename) == (OSError, "five")


def test_when_a_run_is_interrupted_no_task_outlives_it(steady, jobs, tmp_path):
    def interrupt(episodes):
        raise KeyboardInterrupt

    tasks = [(tmp_path, number) for number in range(20)]
    with ThreadPoolExecutor(1) as other:
        run = other.submit(steady.executor.run, jobs.only_zero_ends, tasks, interrupt)
        assert isinstance(run.exception(SOON), KeyboardInterrupt)
    begun, ended = len(list(tmp_path.glob("begun-*"))), len(list(tmp_path.glob("ended-*")))
    assert begun == ended < 20


def test_the_tasks_of_a_killed_driver_stop(steady, tmp_path):
    (tmp_path / "drive.py").write_text(
        "import sys\nfrom pathlib import Path\nfrom generators.executors import DaskCluster\nimport dask_jobs\n"
        "tasks = [(Path(sys.argv[2]), number) for number in range(1, 20)]\n"
        "DaskCluster(scheduler_file=Path(sys.argv[1])).run(dask_jobs.only_zero_ends, tasks, print)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(steady.folder)}
    driver = subprocess.Popen([sys.executable, tmp_path / "drive.py", steady.file, tmp_path], env=environment)
    wait_until(lambda: len(list(tmp_path.glob("begun-*"))) == 4)  # each thread has one that never ends by itself
    driver.kill()
    driver.wait()
    wait_until(lambda: len(list(tmp_path.glob("ended-*"))) == 4)


def test_workers_with_other_versions_are_refused(steady, jobs, monkeypatch):
    monkeypatch.setattr("generators.executors.dask.versions_here", lambda: {"numpy": "0.1", "bcb": version("bcb")})
    with pytest.raises(WorkerDied, match=r"has numpy [1-9.]+, not 0\.1; install the same") as caught:
        steady.executor.run(jobs.double, range(3), lambda episodes: None)
    assert "\n" not in str(caught.value)


def test_a_cluster_that_lacks_a_module_is_told(steady, tmp_path, monkeypatch):
    (tmp_path / "only_here.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(WorkerDied, match=r"No module named 'only_here'.; install the same bcb") as caught:
        steady.executor.run(importlib.import_module("only_here").double, range(3), lambda episodes: None)
    assert "\n" not in str(caught.value)


def test_no_scheduler_is_one_line_and_leaves_nothing(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr("generators.executors.dask.CONNECT_SECONDS", 0.5)
    (tmp_path / "bad.json").write_text("{")
    for executor, says in [
        (DaskCluster("tcp://127.0.0.1:9"), "no Dask scheduler answers at tcp://127.0.0.1:9; start one"),
        (DaskCluster(scheduler_file=tmp_path / "none.json"), "none.json is no scheduler file"),
        (DaskCluster(scheduler_file=tmp_path / "bad.json"), "bad.json is no scheduler file"),
    ]:
        with pytest.raises(ValueError, match=says) as caught:
            make(tmp_path / "s", executor=executor)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "s").exists()
    assert capfd.readouterr() == ("", "")


def test_what_to_connect_to_is_said_once():
    for wrong in ({}, {"scheduler": "tcp://x:1", "scheduler_file": Path("f")}, {"scheduler": "nonsense://x"}):
        with pytest.raises(ValueError, match=r"one of the two|is no address of a Dask scheduler"):
            DaskCluster(**wrong)


def test_without_the_package_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("generators.executors.dask.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"needs distributed: pip install 'bcb\[dask\]'"):
        DaskCluster("tcp://127.0.0.1:1")


def test_no_worker_for_too_long_is_told(cluster, jobs):
    executor = replace(cluster.start_scheduler().executor, wait_seconds=0.5)
    with pytest.raises(WorkerDied, match=r"has had no worker for 0\.5 s; start some"):
        executor.run(jobs.double, range(3), lambda episodes: None)


def test_a_task_that_kills_its_workers_is_told(cluster, jobs):
    once = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    cluster.start_scheduler(**once).start_worker()
    with pytest.raises(WorkerDied, match=r"1 times a worker died at the same task, .*memory"):
        cluster.executor.run(jobs.die, range(3), lambda episodes: None)


def test_the_task_of_a_killed_worker_runs_elsewhere(cluster, jobs, tmp_path):
    cluster.start_scheduler().start_worker().start_worker()
    told = []
    with ThreadPoolExecutor(1) as other:
        tasks = [(tmp_path, number) for number in range(10)]
        run = other.submit(cluster.executor.run, jobs.wait_to_be_killed_once, tasks, told.append)
        wait_until(lambda: len(list(tmp_path.glob("pid-*"))) == 2)  # both are in the middle of a task
        cluster.workers[0].kill()
        (tmp_path / "killed").touch()
        run.result(SOON)
    assert sum(told) == 10


@pytest.mark.slow
def test_one_worker_killed_while_a_store_is_made(cluster, whole, tmp_path, capfd):
    cluster.start_scheduler().start_worker().start_worker()
    make(tmp_path / "s", executor=cluster.executor, progress=after(6, cluster.workers[0].kill))
    assert cluster.workers[0].wait() == -signal.SIGKILL
    assert tree(tmp_path / "s") == whole
    assert verify(tmp_path / "s") == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_all_workers_killed_and_another_joins(cluster, whole, tmp_path):
    def strike():
        for worker in cluster.workers:
            worker.kill()
        cluster.start_worker()

    cluster.start_scheduler().start_worker().start_worker()
    make(tmp_path / "s", executor=cluster.executor, progress=after(6, strike))
    assert tree(tmp_path / "s") == whole


@pytest.mark.slow
def test_the_scheduler_killed_and_run_again(cluster, whole, tmp_path, capfd):
    cluster.start_scheduler().start_worker()
    with pytest.raises(
        StoreError, match=r"scheduler at tcp://.* went away; start one .*run the same bcb gen"
    ) as caught:
        make(tmp_path / "s", executor=cluster.executor, progress=after(6, cluster.scheduler.kill))
    assert "\n" not in str(caught.value)
    cluster.scheduler.wait()
    assert make(tmp_path / "s", executor=cluster.start_scheduler().start_worker().executor).kept >= 6
    assert tree(tmp_path / "s") == whole
    assert capfd.readouterr() == ("", "")

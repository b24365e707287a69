"""What holds wherever tasks run. The local executors here; test_dask.py has the other."""

import importlib

import pytest

from generators.executors import LocalProcesses, WorkerDied

JOBS = """
import os

def double(task, tick):
    tick(task)
    tick(task)

def refuse_five(task, tick):
    if task == 5:
        raise ValueError("task 5 can't be done")
    tick(1)

def die(task, tick):
    os._exit(9)
"""


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """A module that worker processes can import too."""
    (tmp_path / "local_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("local_jobs")


@pytest.fixture(params=[1, 2])
def executor(request):
    return LocalProcesses(request.param)


def test_every_task_runs_and_ticks_add_up(executor, jobs, capfd):
    told = []
    executor.run(jobs.double, range(20), told.append)
    assert sum(told) == 2 * sum(range(20))
    assert capfd.readouterr() == ("", "")


def test_no_tasks_are_done_at_once(executor, jobs):
    executor.run(jobs.double, [], lambda episodes: pytest.fail("nothing to tell"))


def test_the_first_exception_is_raised(executor, jobs):
    with pytest.raises(ValueError, match="task 5 can't be done"):
        executor.run(jobs.refuse_five, range(20), lambda episodes: None)


def test_what_tick_raises_stops_the_run(executor, jobs):
    def interrupt(episodes):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        executor.run(jobs.double, range(20), interrupt)


def test_tasks_are_handed_out_as_others_get_done(jobs):
    """All at once are too many for the pool when there are 100,000."""
    taken = []

    class Tasks(list):
        def __iter__(self):
            for task in super().__iter__():
                taken.append(task)
                yield task

    def interrupt(episodes):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LocalProcesses(2).run(jobs.double, Tasks(range(1000)), interrupt)
    assert taken == list(range(8))


def test_a_worker_process_that_dies_is_told(jobs):
    with pytest.raises(WorkerDied, match="worker process died"):
        LocalProcesses(2).run(jobs.die, range(3), lambda episodes: None)

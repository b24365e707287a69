"""Where tasks run: in this process, in local worker processes, or on a Dask cluster."""

from generators.executors.dask import DaskCluster
from generators.executors.executor import Executor, Task, Tick, WorkerDied
from generators.executors.local import LocalProcesses, available_cpus, run_tasks

__all__ = ["DaskCluster", "Executor", "LocalProcesses", "Task", "Tick", "WorkerDied", "available_cpus", "run_tasks"]

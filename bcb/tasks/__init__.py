"""The tasks: what a model does with episodes, and how it is scored. To add one, open `blinking.py`, write its sibling.

Which task a dataset is for follows from its spec. A model, a store, a run folder know of no task.
"""

from bcb.tasks.blinking import Blinking
from bcb.tasks.task import How, Result, Task
from bcb.tasks.video_prediction import VideoPrediction
from generators.spec import Spec

TASKS: dict[str, Task] = {
    "blinking": Blinking(),
    "video-prediction": VideoPrediction(),
}


def task_of(spec: Spec, asked: str | None = None) -> Task:
    """The task that data of this spec is for. Raises ValueError where it isn't the one that was asked for."""
    name = next(name for name, task in TASKS.items() if task.fits(spec))
    if asked not in (None, name):
        raise ValueError(f"data under rule {spec.rule} is for the task {name}, not {asked}; choose other data")
    return TASKS[name]


__all__ = ["TASKS", "How", "Result", "Task", "task_of"]

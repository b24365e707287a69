"""Which numbers a test will have: known before anything is trained."""

import numpy as np

from bcb.jobs import First
from bcb.stress.plan import Stress, testing
from bcb.stress.records import estimates_in
from bcb.suggest import check_known
from bcb.tasks import task_of
from eval.predictions import Predictions


def check_metric(name: str, stress: Stress) -> None:
    """Raise ValueError where no test of a stress can have such a metric."""
    check_known("metric", name, metrics_of(stress))


def metrics_of(stress: Stress) -> list[str]:
    """All of them, as one episode has them that is answered rightly; and every age, for one episode has not all."""
    rule = stress.cells[0].rule
    source = First(testing(stress.common, rule, min(stress.tests)), 1)
    right = source.episode(0).target[None]
    found = Predictions(right, np.arange(1), source.spec.fingerprint, source.split, "oracle", {})
    names = dict.fromkeys(name for name, _ in estimates_in(task_of(source.spec).result(found, source).to_json()))
    longest = testing(stress.common, rule, max(stress.tests)).spec.context_frames
    return list(names | dict.fromkeys(f"by_age.{age}" for age in range(1, longest + 1)))

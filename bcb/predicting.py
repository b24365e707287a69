"""A model's predictions of the episodes of a source: what `bcb evaluate` scores and saves."""

import numpy as np

from bcb.tasks import How, task_of
from bcb.tasks.task import Report
from eval.predictions import Predictions
from generators.source import Source
from slotssm.checkpoint import Run, to_json


def predictions_of(run: Run, source: Source, how: How, report: Report) -> Predictions:
    """Of all episodes, in the source's order. Raises ValueError where the model doesn't fit them."""
    return Predictions(
        **task_of(source.spec).predict(run.model, source, how, report),
        index=np.arange(len(source)),
        fingerprint=source.spec.fingerprint,
        split=source.split,
        model_name=run.model_name,
        model_config=to_json(run.model_config),
    )

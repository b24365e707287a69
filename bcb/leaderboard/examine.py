"""One predictions store: is it what its record says, and what does it score on the data made again?"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bcb.leaderboard.data import spec_of
from bcb.leaderboard.digest import index_digest, predictions_digest
from bcb.leaderboard.record import Record, read_record, record_path
from bcb.tasks import task_of
from eval.predictions import Predictions, read_predictions
from generators.source import SpecSource
from generators.spec import Spec

SPLIT = "test"
TOLERANCE = 1e-6  # of numbers that other versions of numpy rounded
LARGEST_EPISODE = 2**30  # bytes of frames; what a stranger wrote may ask for more than there is memory
LARGEST_ARRAY = 2**32  # bytes of predictions


@dataclass(frozen=True)
class Entry:
    """Predictions that hold. All of it is plain, as JSON has it.

    path:     of the store, from the board's folder.
    spec:     of the data, as JSON text.
    given:    frames before the predicted ones, of video prediction; None of other tasks.
    metric:   the one that ranks.
    metrics, memory: as of `Record`, but scored here and now.
    recorded: whether a record is beside it.
    """

    path: str
    model: dict[str, Any]
    spec: str
    fingerprint: str
    episodes: int
    given: int | None
    metric: str
    metrics: dict[str, dict[str, Any]]
    memory: dict[str, dict[str, Any]]
    predictions_sha256: str
    recorded: bool


def examine(store: Path, path: str) -> Entry:
    """Score a predictions store again. Raises ValueError, saying why, for one that can't be ranked."""
    found = read_predictions(store, largest=LARGEST_ARRAY)
    beside = record_path(store)
    record = read_record(beside) if beside.exists() else None
    spec = spec_of(found, record)
    if record:
        _check_content(found, record)
    _check_episodes(found, spec)
    task = task_of(spec)
    document = task.result(found, SpecSource(spec, found.split, len(found.index))).to_json()
    memory = document["memory"]["metrics"] if "memory" in document else {}
    if record:
        _check_numbers("metrics", record.metrics, document["metrics"])
        _check_numbers("memory", record.memory, memory)
    return Entry(
        path=path,
        model={"name": found.model_name, "config": dict(found.model_config)},
        spec=spec.to_json(),
        fingerprint=spec.fingerprint,
        episodes=len(found.index),
        given=document.get("given_frames"),
        metric=task.ranked_by,
        metrics=document["metrics"],
        memory=memory,
        predictions_sha256=predictions_digest(found),
        recorded=record is not None,
    )


def _check_content(found: Predictions, record: Record) -> None:
    """That the record is of these very predictions."""
    model = {"name": found.model_name, "config": dict(found.model_config)}
    for what, here, there in (
        ("split", found.split, record.split),
        ("number of episodes", len(found.index), record.episodes),
        ("episodes", index_digest(found), record.index_sha256),
        ("predictions", predictions_digest(found), record.predictions_sha256),
        ("model", model, record.model),
    ):
        if here != there:
            raise ValueError(f"its {what} changed since its record was written; write it again with bcb score --record")


def _check_episodes(found: Predictions, spec: Spec) -> None:
    """Of the test split, the first ones, so that nobody picks; and none larger than what can be made again here."""
    if found.split != SPLIT:
        raise ValueError(f"it is of the {found.split} split, and {SPLIT} episodes are ranked; predict those")
    n = len(found.index)
    if not np.array_equal(np.sort(found.index), np.arange(n)):
        raise ValueError(f"its {n} episodes are not the first {n}, 0 to {n - 1}; predict those")
    if (spec.context_frames + 1) * spec.world.size**2 > LARGEST_EPISODE:
        raise ValueError(f"an episode of its data has {spec.context_frames} frames, too many to be made again here")


def _check_numbers(of: str, recorded: dict[str, dict[str, Any]], scored: dict[str, dict[str, Any]]) -> None:
    """That the record's numbers follow from the predictions."""
    if recorded.keys() != scored.keys():
        differ = ", ".join(sorted(recorded.keys() ^ scored.keys()))
        raise ValueError(
            f"the {of} of its record are not those of this bcb ({differ}); write it again with bcb score --record"
        )
    for name, numbers in scored.items():
        for key, here in numbers.items():
            if not _close(there := recorded[name].get(key), here):
                raise ValueError(
                    f"its record says {name} {_text(there)} ({key}), and its predictions come to {_text(here)}; "
                    "write it again with bcb score --record"
                )


def _close(there: float | None, here: float | None) -> bool:
    if there is None or here is None:
        return there is here
    return math.isclose(there, here, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _text(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.6g}"

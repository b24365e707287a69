"""The record of a score: a JSON file beside the predictions, `NAME.record.json` beside the folder NAME.

Beside, not in it: a predictions store holds nothing but zarr, and whoever made it may keep it as it is.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bcb.leaderboard.digest import index_digest, predictions_digest
from eval.predictions import Predictions
from generators.convert import convert
from generators.spec import Spec

if TYPE_CHECKING:
    from bcb.tasks import Result

FORMAT = "bcb-record"
FORMAT_VERSION = 1
SUFFIX = ".record.json"
LARGEST = 2**20  # bytes; a record has a few thousand


@dataclass(frozen=True)
class Record:
    """What predictions scored, and on what.

    spec, fingerprint, split: the data; whoever has the spec has the dataset.
    episodes, index_sha256:   how many episodes are predicted, and which (`digest.py`).
    predictions_sha256:       of the predictions' content (`digest.py`).
    model:                    {"name": …, "config": {…}}, as the predictions store has it.
    metrics, memory:          name → {"value", "low", "high", "n"}; memory is {} of tasks that have none.
    versions, date:           of what scored it, and when (UTC).
    """

    spec: dict[str, Any]
    fingerprint: str
    split: str
    episodes: int
    index_sha256: str
    predictions_sha256: str
    model: dict[str, Any]
    metrics: dict[str, dict[str, float | None]]
    memory: dict[str, dict[str, float | None]]
    versions: dict[str, str]
    date: str
    format: str = FORMAT
    format_version: int = FORMAT_VERSION


def record_path(predictions: Path) -> Path:
    """Where the record of a predictions store is, or would be."""
    place = predictions if predictions.name not in ("", "..") else predictions.resolve()
    return place.with_name(place.name + SUFFIX)


def record_of(found: Predictions, spec: Spec, result: Result) -> Record:
    """The record of predictions on data of this spec, and of what they scored."""
    document = result.to_json()
    return Record(
        spec=json.loads(spec.to_json()),
        fingerprint=found.fingerprint,
        split=found.split,
        episodes=len(found.index),
        index_sha256=index_digest(found),
        predictions_sha256=predictions_digest(found),
        model={"name": found.model_name, "config": dict(found.model_config)},
        metrics=document["metrics"],
        memory=document["memory"]["metrics"] if "memory" in document else {},
        versions={package: version(package) for package in ("bcb", "numpy")},
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def check_record_place(predictions: Path, overwrite: bool) -> None:
    """Raise ValueError, before the work, where something is in the record's place that may not be replaced."""
    path = record_path(predictions)
    if os.path.lexists(path):
        if not overwrite:
            raise ValueError(f"{path} exists; choose another path, or ask to overwrite it (--overwrite)")
        try:
            ours = not path.is_symlink() and bool(_parsed(path))
        except (ValueError, OSError):
            ours = False
        if not ours:
            raise ValueError(f"{path} is not a record, so it is not overwritten; move it away")


def write_record(predictions: Path, record: Record) -> Path:
    """Beside the predictions, whole or not at all. Where it is."""
    path = record_path(predictions)
    temporary = path.with_name(f".{path.name}.tmp")
    document = {"format": record.format, "format_version": record.format_version, **asdict(record)}
    temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path


def read_record(path: Path) -> Record:
    """Raises ValueError for what is no record, or one of a newer format."""
    document = _parsed(path)
    if document.get("format_version") != FORMAT_VERSION:
        raise ValueError(
            f"{path} has format version {document.get('format_version')!r}, and this bcb reads {FORMAT_VERSION}; "
            "write it again with bcb score --record"
        )
    try:
        return convert(Record, document)
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}; write it again with bcb score --record") from error


def _parsed(path: Path) -> dict[str, Any]:
    """A JSON object that says it is a record, or ValueError."""
    if not path.is_file():
        raise ValueError(f"{path} is no record: it is no file; move it away")
    if not 0 < path.stat().st_size <= LARGEST:  # empty are files of /proc too, where reading may never end
        raise ValueError(f"{path} is no record: it is empty or too large; write it again with bcb score --record")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no record: it isn't JSON; write it again with bcb score --record") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} is no record: its format is not {FORMAT!r}; write it again with bcb score --record")
    return document

"""Scores of scenes that `bcb evaluate --json` and `bcb score --json` print. Anyone's, so nothing is believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bcb.names import plain
from bcb.report.records import LARGEST
from bcb.zoo.scene_entry import preset_of

Number = Annotated[float, Field(allow_inf_nan=False, gt=-1e18, lt=1e18)]
Count = Annotated[int, Field(ge=0, lt=2**60)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_+-]{1,64}$")]  # nothing that could be markup


class _Estimate(BaseModel):
    value: Number | None
    low: Number | None
    high: Number | None
    n: Count


Estimates = dict[Name, _Estimate]


class _Result(BaseModel):
    task: Literal["objects", "depth", "snitch"]
    fingerprint: Name
    split: Name
    episodes: Count
    slots: Count | None = None
    metrics: Estimates
    baselines: dict[Name, Estimates] = {}
    by_hidden: dict[Name, Estimates] = {}
    probes: dict[Name, Estimates] = {}


class _Document(BaseModel):
    model: str
    parameters: Count | None = None
    results: list[_Result]


def holds_scenes(path: Path) -> bool:
    """Whether a file is a record of scenes, as far as can be seen; another reader says what is wrong with the rest."""
    try:
        results = json.loads(path.read_bytes())["results"] if path.stat().st_size <= LARGEST else []
        return "task" in results[0] and "rule" not in results[0]
    except (ValueError, TypeError, LookupError, RecursionError, OSError):
        return False


def scenes_recorded(path: Path) -> list[dict[str, Any]]:
    """A record for each result, as those of `bcb.zoo.scene_entry`. Raises ValueError, in one line, for what is none."""
    try:
        document = _Document.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        why = plain(f"{'.'.join(map(str, first['loc']))}: {first['msg']}", 200)
        raise ValueError(f"{path} can't be read ({why}); save what `bcb evaluate --json` prints") from None
    about = {"model": plain(document.model), "parameters": document.parameters, "command": f"(read from {path.name})"}
    found = []
    for result in document.results:
        data = preset_of(result.fingerprint, 0)
        if result.split != "test":
            data += f", {result.split} split"
        found.append(about | {"data": data, "result": result.model_dump()})
    return found

"""Trials of the JSON that `bcb evaluate --json` and `bcb score --json` print. Anyone's, so nothing is believed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from bcb.names import plain
from bcb.presets import PRESETS
from bcb.report.curves import ACCURACY
from bcb.report.trial import Trial
from bcb.stress.records import estimates_in
from generators.spec import Spec

LARGEST = 2**26  # bytes of a record; those of a thousand ages are some hundred thousand
LONGEST = 2**40  # steps; no one has as many, and an axis can't hold any number


def recorded(path: Path) -> list[Trial]:
    """A trial for each result. Raises ValueError, in one line that names the file, for what is no such record."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError("it is too large")
        document = json.loads(path.read_bytes())
        results = document["results"]
        if not (isinstance(results, list) and results):
            raise ValueError("it has no results")
    except (ValueError, TypeError, KeyError, RecursionError, OSError) as error:
        why = " ".join(str(error).split())[:200]
        raise ValueError(
            f"{path} is no record ({why}); save what `bcb evaluate --json` or `bcb score --json` prints"
        ) from None
    try:
        return [_trial(path, document, result) for result in results]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        why = str(error) if type(error) is ValueError else repr(error)
        raise ValueError(f"{path} can't be read ({plain(why, 200)}); save what `bcb evaluate --json` prints") from None


def _trial(path: Path, document: dict[str, Any], result: dict[str, Any]) -> Trial:
    if ACCURACY not in (result.get("metrics") or {}):
        raise ValueError("it has no scores of colours, and a report is of blinking balls")
    parameters, versions = document.get("parameters"), document.get("versions", {})
    if not (parameters is None or (type(parameters) is int and parameters >= 0)):
        raise ValueError(f"parameters is {parameters!r}, not a number of them")
    data, spec = _known(result)
    found = scored(result)
    if found["split"] != "test":
        data += f", {found['split']} split"  # a figure of its own, and never a seed of those tested
    return Trial(
        model=plain(str(document.get("model"))),
        parameters=parameters,
        data=data,
        spec=spec,
        command=f"(read from {plain(path.name)})",
        versions={plain(str(k)): plain(str(v)) for k, v in versions.items()},
        **found,
    )


def scored(result: dict[str, Any]) -> dict[str, Any]:
    """The fields that a record of `eval` fills. Raises ValueError, or what a dict of another shape raises."""
    found = {
        **{name: plain(str(result[name])) for name in ("rule", "fingerprint", "split")},
        **{name: int(result[name]) for name in ("patches_per_side", "episodes")},
        "test_length": int(result["length"]),
        "test_frames": int(result["context_frames"]),
        "metrics": dict(estimates_in(result)),
    }
    if not 1 <= found["test_frames"] <= found["test_length"] <= LONGEST:
        raise ValueError(f"its lengths can't be: {found['test_frames']} frames in {found['test_length']} steps")
    if min(found["episodes"], found["patches_per_side"]) < 1:
        raise ValueError(f"{found['episodes']} episodes of {found['patches_per_side']} patches a side")
    accuracy = found["metrics"].get(ACCURACY, {}).get("value")
    if not (accuracy is None or 0 <= accuracy <= 1):
        raise ValueError(f"{ACCURACY} is {accuracy}")
    return found


def _known(result: dict[str, Any]) -> tuple[str, Spec | None]:
    """The preset whose data a record is of, by its fingerprint, and its spec."""
    for name, preset in PRESETS.items():
        if preset.patches_per_side == result["patches_per_side"] and preset.rule != "none" != result["rule"]:
            spec = replace(preset.spec(result["rule"]), context_frames=result["context_frames"])
            if spec.fingerprint == result["fingerprint"]:
                return name, spec
    return f"data {plain(str(result['fingerprint'])[:12])}", None

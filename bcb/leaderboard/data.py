"""Which data predictions are of. They name its fingerprint alone; the data is made again from its spec."""

from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

from bcb.config import read_config
from bcb.leaderboard.record import Record, read_record, record_path
from bcb.presets import PRESETS
from bcb.words import world_words
from eval.predictions import Predictions
from generators.rules import RULES
from generators.source import Source, SpecSource, view_of
from generators.spec import Spec, parse_spec
from generators.store import StoreReader

TIMES = (1, 2, 4)  # a preset's own context frames, twice and four times as many; and those of its tests


def spec_of(found: Predictions, record: Record | None) -> Spec:
    """The spec that the record has, or else that of a preset. Raises ValueError where neither has the fingerprint."""
    if record is None:
        if found.fingerprint not in canonical():
            raise ValueError(
                "no record says what data it is of, and no preset's has its fingerprint; "
                "write one with: bcb score PREDICTIONS --data STORE --record"
            )
        return canonical()[found.fingerprint][1]
    spec = parse_spec(record.spec)
    if spec.fingerprint != record.fingerprint:
        raise ValueError(
            f"its record names the data {record.fingerprint[:12]}, and the spec in it is {spec.fingerprint[:12]}'s; "
            "write it again with bcb score --record"
        )
    if found.fingerprint != record.fingerprint:
        raise ValueError(
            f"it was made for the data {found.fingerprint[:12]}, and its record is of {record.fingerprint[:12]}; "
            "write the record again with bcb score"
        )
    return spec


@cache
def canonical() -> dict[str, tuple[str, Spec]]:
    """Fingerprint → (preset, spec), of presets with seed 0 under every rule, at their tests' frames and all TIMES."""
    found: dict[str, tuple[str, Spec]] = {}
    for name, preset in PRESETS.items():
        for rule in RULES:
            with suppress(ValueError):  # it can't have the rule
                spec = preset.spec(rule)
                for frames in (*(times * spec.context_frames for times in TIMES), *preset.tests):
                    longer = replace(spec, context_frames=frames)
                    found.setdefault(longer.fingerprint, (name, longer))
    return found


def source_of(predictions: Path, found: Predictions, data: str | None) -> Source:
    """What predictions are scored against: a store's split, cut to their length, or episodes made from a spec.

    data: a store; or a spec as JSON; None for that of the record beside the predictions, or of a preset.
    Raises ValueError where there is none.
    """
    if data is not None and not data.endswith(".json"):
        return view_of(StoreReader(data, found.split), found.fingerprint)
    count = int(found.index.max()) + 1
    if data is not None:
        return view_of(SpecSource(parse_spec(read_config(data)), found.split, count), found.fingerprint)
    path = record_path(predictions)
    try:
        spec = spec_of(found, read_record(path) if path.exists() else None)
    except ValueError as error:
        raise ValueError(f"{predictions}: {error}; or name the data with --data") from error
    return SpecSource(spec, found.split, count)


def words(spec: Spec) -> str:
    """A spec for people: `small: rule earliest, length 10, 3 balls, …`."""
    preset = canonical().get(spec.fingerprint, (None,))[0]
    side = spec.patches_per_side
    parts = [
        f"rule {spec.rule}",
        f"length {spec.length}" + (f" ({spec.context_frames} frames of {side}×{side} patches)" if side > 1 else ""),
        f"{spec.colors} colours",
        *world_words(spec.world),
        f"seed {spec.seed}",
        *(f"{name} {value}" for name, value in spec.knobs.items()),
    ]
    return (f"{preset}: " if preset else "") + ", ".join(parts)

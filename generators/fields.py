"""Fields of specs and worlds: one clear line when a value is wrong, one form when it's right.

Numbers are brought to Python's own int and float, so that equal specs have equal canonical JSON.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import Field, fields, is_dataclass
from numbers import Real
from typing import Any

import numpy as np

KNOB = "knob"  # in the metadata of a field that is one: what it does


def whole_number(name: str, value: Any, low: int, high: int | None = None) -> int:
    """`value` as an int within [low, high]; ValueError for anything else, True and 2.0 included."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} is {value!r}; it must be a whole number")
    if value < low or (high is not None and value > high):
        span = f"{low} or more" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} is {value}; it must be {span}")
    return int(value)


def numbers(name: str, values: Any, count: int) -> tuple[float, ...]:
    """`values` as that many finite floats; ValueError for anything else."""
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != count:
        raise ValueError(f"{name} is {values!r}; it must be {count} numbers")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} is {values!r}; each of its {count} numbers must be finite")
    return tuple(float(value) + 0.0 for value in values)  # + 0.0 makes −0 a 0


def interval(name: str, values: Any, low: float, high: float) -> tuple[float, float]:
    """`values` as a range (low, high) in pixels that lies within [low, high]; ValueError for anything else."""
    first, last = numbers(name, values, 2)
    if first > last:
        raise ValueError(f"{name} is ({first:g}, {last:g}); its low end must not exceed its high end")
    if first < low or last > high:
        raise ValueError(f"{name} is ({first:g}, {last:g}); it must lie within {low:g} and {high:g}")
    return first, last


def share(name: str, value: Any, still: float) -> float:
    """`value` as a float from 0 to 1. Of the two ends, only `still`, which changes nothing, is allowed.

    Raises ValueError for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not (value == still or _between_0_and_1(value)):
        span = "from 0 to below 1" if still == 0 else "above 0 and at most 1"
        raise ValueError(f"{name} is {value!r}; it must be a number {span}")
    return float(value) + 0.0


def _between_0_and_1(number: Any) -> bool:
    return 0 < number < 1


def choice(name: str, value: Any, options: Sequence[str]) -> str:
    """`value` if it is one of the options; ValueError that lists them if not."""
    if value not in options:
        raise ValueError(f"{name} {value!r} is not one of: {', '.join(options)}")
    return value


def knob(summary: str) -> dict[str, str]:
    """Metadata of a field that came later: at its default no part of the canonical JSON, so old fingerprints hold."""
    return {KNOB: summary}


def knobs_of(kind: type, path: str = "") -> Iterator[tuple[str, Field]]:
    """The knobs of a dataclass, nested ones too: (dotted name, field)."""
    for f in fields(kind):
        if is_dataclass(inner := f.default_factory):
            yield from knobs_of(inner, f"{path}{f.name}.")
        elif KNOB in f.metadata:
            yield f"{path}{f.name}", f


def plain(spec: Any) -> dict[str, Any]:
    """A dataclass as a dict of its fields, nested ones too, but without the knobs that are at their defaults."""
    values = {f.name: getattr(spec, f.name) for f in fields(spec) if not _at_rest(spec, f)}
    return {name: plain(value) if is_dataclass(value) else value for name, value in values.items()}


def turned(spec: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The knobs that are not at their defaults, nested ones too: (dotted name, value)."""
    for f in fields(spec):
        value = getattr(spec, f.name)
        if is_dataclass(value):
            yield from turned(value, f"{path}{f.name}.")
        elif KNOB in f.metadata and not _at_rest(spec, f):
            yield f"{path}{f.name}", value


def _at_rest(spec: Any, f: Field) -> bool:
    return KNOB in f.metadata and getattr(spec, f.name) == f.default

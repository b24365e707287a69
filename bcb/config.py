"""The one way from what a user wrote to frozen dataclasses.

Settings come in layers of plain nested dicts, the later over the earlier: preset, config file, flags, `--set`.
Dicts live only here; `generators.convert.convert` turns the result into a dataclass, strictly.
"""

import json
import math
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Settings = dict[str, Any]


def read_config(path: str | Path) -> Settings:
    """The settings of a `.json` or `.toml` file. Raises ValueError when it is neither, or can't be parsed."""
    path = Path(path)
    if path.suffix not in (".json", ".toml"):
        raise ValueError(f"config file {path} must end in .json or .toml")
    try:
        text = path.read_text(encoding="utf-8")
        settings = _loads(json.dumps(tomllib.loads(text), default=str) if path.suffix == ".toml" else text)
    except ValueError as error:  # bad JSON, bad TOML and bad UTF-8 all are ValueErrors
        raise ValueError(f"config file {path} can't be read: {error}") from error
    if not isinstance(settings, dict):
        raise ValueError(f"config file {path} must hold an object of settings, not {type(settings).__name__}")
    return settings


def parse_sets(items: Iterable[str]) -> Settings:
    """The settings of `--set a.b=value` options. A value is JSON, or else the text itself."""
    settings: Settings = {}
    for item in items:
        key, equals, text = item.partition("=")
        path = key.strip().split(".")
        if not equals or not all(path):
            raise ValueError(f"--set {item!r} must look like key=value or group.key=value")
        try:
            value = _loads(text)
        except json.JSONDecodeError:
            value = text
        except ValueError as error:
            raise ValueError(f"--set {item!r} can't be: {error}") from error
        nested: Any = value
        for part in reversed(path):
            nested = {part: nested}
        settings = merge(settings, nested)
    return settings


def merge(*layers: Settings) -> Settings:
    """One layer over the other; nested settings are merged key by key."""
    merged: Settings = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(merged.get(key), dict)
            merged[key] = merge(merged[key], value) if both else value
    return merged


def given(**flags: Any) -> Settings:
    """The flags that the user gave: those that are not None."""
    return {name: value for name, value in flags.items() if value is not None}


def _loads(text: str) -> Any:
    """JSON without NaN and infinities, which no setting wants, and without a key twice."""

    def finite(number: str) -> float:
        value = float(number)
        if not math.isfinite(value):
            raise ValueError(f"{number} is not a number that a setting can have")
        return value

    def once(pairs: list[tuple[str, Any]]) -> Settings:
        keys = [key for key, _ in pairs]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise ValueError(f"key {twice[0]!r} is given twice")
        return dict(pairs)

    return json.loads(text, parse_float=finite, parse_constant=finite, object_pairs_hook=once)

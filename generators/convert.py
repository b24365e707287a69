"""The one strict conversion: a dict or JSON text to a frozen dataclass. Nothing is guessed, nothing swallowed."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

T = TypeVar("T")


def convert(kind: type[T], data: str | Mapping[str, Any]) -> T:
    """An instance of the dataclass `kind` from JSON text, or from a dict that JSON could hold.

    Types are strict (no "3" for 3, no 2.0 or true for an int), lists become tuples where the field is one, keys left
    out take their defaults. Raises ValueError, in one line that names the key, for a wrong type, an unknown key
    (with the nearest known one), and whatever the dataclass itself refuses.
    """
    from pydantic import TypeAdapter, ValidationError  # here, so that making episodes needs no pydantic

    if not isinstance(data, str):
        try:
            data = json.dumps(data, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{kind.__name__}: JSON can't hold this ({error})") from None
    try:
        loaded = json.loads(data)
    except json.JSONDecodeError as error:
        raise ValueError(f"{kind.__name__}: not JSON ({error})") from None
    if not isinstance(loaded, dict):
        raise ValueError(f"{kind.__name__}: a JSON object is needed, not {type(loaded).__name__}")
    _check_keys(kind, loaded, ())
    try:
        return TypeAdapter(kind).validate_json(data, strict=True)
    except ValidationError as failure:
        errors = failure.errors(include_url=False)
        # Of a union every option complains; those that bear another name were not meant, nor is what else they say.
        others = [e["loc"][:-1] for e in errors if e["type"] == "literal_error" and e["loc"][-1] == "name"]
        first = next((e for e in errors if not any(e["loc"][: len(o)] == o for o in others)), errors[0])
        if (error := first.get("ctx", {}).get("error")) is not None:
            raise ValueError(str(error)) from None  # the dataclass's own words
        raise ValueError(f"{_dotted(first['loc'])} is {first['input']!r}: {first['msg']}") from None


def _check_keys(kind: Any, data: dict[str, Any], path: tuple[str, ...]) -> None:
    hints = get_type_hints(kind)
    known = [field.name for field in fields(kind) if field.init]
    for key, value in data.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {_dotted((*path, near[0]))!r}?" if near else f"known are: {', '.join(known)}"
            raise ValueError(f"unknown key {_dotted((*path, key))!r}; {hint}")
        if isinstance(value, dict):
            options = [option for option in (hints[key], *get_args(hints[key])) if is_dataclass(option)]
            if options:  # of a union the one that is named so, or else the first
                named = (option for option in options if value.get("name", "") == getattr(option, "name", None))
                _check_keys(next(named, options[0]), value, (*path, key))


def _dotted(path: tuple[Any, ...]) -> str:
    return ".".join(map(str, path))

"""The kinds of datasets that the engine makes, stores, reads and checks.

To add one, open `balls.py`, write its sibling, and list it here. A spec says of which kind it is in its field `kind`
(in JSON the key "kind"); one without it is of balls.
"""

import json
from collections.abc import Mapping
from typing import Any

from generators.kinds.balls import Balls
from generators.kinds.imported import ImportedKind
from generators.kinds.kind import AnySpec, Arrays, Field, Kind, Label, Whole
from generators.kinds.scenes import Scenes

KINDS: dict[str, Kind[Any]] = {
    "balls": Balls(),
    "imported": ImportedKind(),
    "scenes": Scenes(),
}


def kind_name(spec: AnySpec) -> str:
    """The name of a spec's kind."""
    return getattr(spec, "kind", "balls")


def kind_of(spec: AnySpec) -> Kind[Any]:
    """What the engine knows of a spec's kind."""
    return KINDS[kind_name(spec)]


def can_be_remade(spec: AnySpec) -> bool:
    """Whether episodes follow from their spec, so that what is broken of a store can be made again from it."""
    return any(field.within is not None for field in kind_of(spec).arrays(spec).values())


def parse_any(data: str | Mapping[str, Any]) -> AnySpec:
    """The spec, of whatever kind, of a dict or JSON text. Raises ValueError, in one line, for an unknown kind too."""
    try:
        loaded = json.loads(data) if isinstance(data, str) else data
    except ValueError:
        loaded = {}  # the kind's own parser says what is wrong
    name = loaded.get("kind", "balls") if isinstance(loaded, Mapping) else "balls"
    if not isinstance(name, str) or name not in KINDS:
        raise ValueError(f"kind {name!r} is not one of: {', '.join(KINDS)}")
    return KINDS[name].parse(data)


__all__ = [
    "KINDS",
    "AnySpec",
    "Arrays",
    "Field",
    "Kind",
    "Label",
    "Whole",
    "can_be_remade",
    "kind_name",
    "kind_of",
    "parse_any",
]

"""The spec of an imported store: what its episodes are and what they were read from. They can't be made from it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

from generators.convert import convert
from generators.fields import choice, numbers, whole_number
from generators.imports.description import DIMENSIONS, Description, Imported

DTYPES = ("uint8", "uint16", "int16", "float32")
BLOCK = 2**23


@dataclass(frozen=True)
class Held:
    """One array of an episode: its name (of DIMENSIONS), dtype and shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        choice("array", self.name, tuple(DIMENSIONS))
        choice(f"the dtype of {self.name}", self.dtype, DTYPES)
        if len(self.shape) != len(DIMENSIONS[self.name]):
            raise ValueError(f"{self.name} has shape {self.shape}; it should be ({', '.join(DIMENSIONS[self.name])})")
        for side in self.shape:
            whole_number(f"each side of {self.name}", side, 1)


@dataclass(frozen=True)
class Part:
    """A split: how many episodes, and the SHA-256 (hex) of the files that they were read from."""

    split: str
    episodes: int
    sha256: str

    __pydantic_config__: ClassVar = {"extra": "forbid"}


@dataclass(frozen=True)
class ImportedSpec:
    """A dataset that was read from files.

    kind:    "imported", which tells such a spec from those whose episodes can be made.
    dataset: what it is.   arrays: of an episode.   parts: its splits.
    options: of the reader, where they change the episodes and show in nothing else.
    version: of the readers; a change of any bit of any episode raises it.
    Raises ValueError when a field is wrong or they don't go together.
    """

    dataset: Description
    arrays: tuple[Held, ...]
    parts: tuple[Part, ...]
    options: tuple[tuple[str, float], ...] = ()
    kind: Literal["imported"] = "imported"
    version: int = 1

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    def __post_init__(self):
        choice("kind", self.kind, ("imported",))
        if self.version != 1:
            raise ValueError(f"this bcb reads version 1 of imported datasets, not {self.version}")
        options = tuple((name, *numbers(name, (value,), 1)) for name, value in self.options)
        object.__setattr__(self, "options", options)
        if "rgb" not in [held.name for held in self.arrays]:
            raise ValueError("an imported dataset must have rgb")
        for dimension, lengths in self._lengths().items():
            if len(lengths) > 1:
                raise ValueError(f"{dimension} is {' and '.join(map(str, sorted(lengths)))} long; it must be one")

    def _lengths(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for held in self.arrays:
            for dimension, length in zip(DIMENSIONS[held.name], held.shape, strict=True):
                found.setdefault(dimension, set()).add(length)
        return found

    @property
    def sizes(self) -> dict[str, int]:
        """How long each dimension is."""
        return {dimension: min(lengths) for dimension, lengths in self._lengths().items()}

    @property
    def frames(self) -> int:
        """Of an episode."""
        return self.sizes["time"]

    @property
    def size(self) -> int:
        """The side of the pictures, pixels."""
        return self.sizes["y"]

    @property
    def seed(self) -> int:
        """0: nothing was drawn."""
        return 0

    def to_json(self) -> str:
        """The canonical JSON: sorted keys, no spaces."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def parse_imported_spec(data: str | Mapping[str, Any]) -> ImportedSpec:
    """The spec of a dict or JSON text (`ImportedSpec.to_json`, a store's attribute). Raises ValueError as `convert`."""
    return convert(ImportedSpec, data)


def spec_of(splits: Sequence[Imported], progress: Callable[[int, int], None] | None = None) -> ImportedSpec:
    """The spec of a dataset, from its splits. Reads the first episode of each, and all files for their hash.

    progress: called with (files hashed, files in all). Raises ValueError where the splits' episodes aren't alike.
    """
    held = {}
    for part in splits:
        first = next(part.episodes())
        held[part.split] = tuple(
            Held(name, str(first[name].dtype), first[name].shape) for name in DIMENSIONS if name in first
        )
    (name, arrays), *others = held.items()
    for other, its in others:
        if its != arrays:
            differing = sorted({one.name for one in set(its) ^ set(arrays)})
            words = f"{name} and {other} differ in {', '.join(differing)}"
            raise ValueError(f"{words}; import each into a store of its own (--split)")
    done, total = 0, sum(len(part.files) for part in splits)

    def tick() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    parts = tuple(Part(part.split, part.count, _sha256(part, tick)) for part in splits)
    return ImportedSpec(splits[0].description, arrays, parts, splits[0].options)


def _sha256(part: Imported, tick: Callable[[], None]) -> str:
    """Of the names and bytes of the files that a split is read from, in their order, and of how many episodes."""
    whole = hashlib.sha256(str(part.count).encode())
    for path in part.files:
        each = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    each.update(block)
        except OSError as error:
            raise ValueError(f"{path}: can't be read ({error.strerror})") from None
        whole.update(f"\n{path.name} {each.hexdigest()}".encode())
        tick()
    return whole.hexdigest()

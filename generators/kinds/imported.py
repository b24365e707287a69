"""Kind `imported`: real data sets, read from files. Its episodes can't be made from the spec."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from generators.imports.description import DIMENSIONS
from generators.imports.reading import ReadEpisode
from generators.imports.spec import ImportedSpec, parse_imported_spec
from generators.kinds.kind import Arrays, Field, Label

FILL = {"uint8": 255, "uint16": 65535, "int16": -32768, "float32": "NaN"}


@dataclass(frozen=True)
class ImportedKind:
    """Real data sets."""

    physics: str = "pillow"  # nothing is moved; pictures are decoded and made smaller by it
    command: str = "bcb import"

    def parse(self, data: str | Mapping[str, Any]) -> ImportedSpec:
        return parse_imported_spec(data)

    def arrays(self, spec: ImportedSpec) -> Mapping[str, Field]:
        return {
            held.name: Field(held.dtype, ("episode", *DIMENSIONS[held.name]), FILL[held.dtype], within=None)
            for held in spec.arrays
        }

    def sizes(self, spec: ImportedSpec) -> Mapping[str, int]:
        return spec.sizes

    def attributes(self, spec: ImportedSpec) -> dict[str, Any]:
        about = spec.dataset
        return {
            "shapes": list(about.shapes),
            "colors": {name: list(rgb) for name, rgb in about.colors},
            "materials": list(about.materials),
            "categories": list(about.categories),
            "camera": {"fovy": about.fovy},
        }

    def beginning(self, spec: ImportedSpec, frames: int) -> ImportedSpec:
        return spec

    def batch(self, spec: ImportedSpec) -> int:
        return 1

    def make(self, spec: ImportedSpec, split: str, index: int) -> Arrays:
        return ReadEpisode(spec, split, index)

    def problems(self, spec: ImportedSpec, stored: Arrays, whole: bool) -> Iterator[str]:
        """Of the whole, whether its arrays agree with each other."""
        from generators.imports.check import problems

        if whole:
            about = spec.dataset
            names = {name: len(getattr(about, name)) for name in ("shapes", "colors", "materials", "categories")}
            yield from problems(
                {held.name: stored.read(held.name) for held in spec.arrays if held.name != "rgb"}, names
            )

    def episode(self, values: dict[str, np.ndarray]) -> SimpleNamespace:
        """With a field for every array."""
        return SimpleNamespace(**values)

    def length(self, spec: ImportedSpec) -> int:
        return spec.frames

    def title(self, spec: ImportedSpec) -> str:
        return f"{spec.dataset.name.lower()}-{spec.size}"

    def summary(self, spec: ImportedSpec) -> list[str]:
        about = spec.dataset
        return [
            f"{about.name}, imported: {spec.frames} frames of {spec.size}×{spec.size} pixels",
            f"arrays: {', '.join(held.name for held in spec.arrays)}",
            f"licence: {about.licence}; please cite {about.citation}",
        ]

    def label(self, spec: ImportedSpec) -> Label | None:
        """The snitch's last cell, where there is one."""
        if "cell" not in [held.name for held in spec.arrays]:
            return None
        return Label("cell", "share of each cell", "cell", tuple(str(cell) for cell in range(36)))

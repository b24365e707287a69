"""A cell: one training, and where what comes of it lies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bcb.config import Settings


@dataclass(frozen=True)
class Common:
    """What all cells of a folder share, so that their numbers can be compared. Another one needs another folder.

    base:      name of the preset that all begin with.
    settings:  groups `data`, `model` and `train`, over the preset's.
    init:      rule → the rule whose cell (of the same model, length and seed) its cells start from.
    data_seed: of the episodes that are trained on, and tested on where no store is named.
    episodes:  that each test has; None for 1000, or all of a store.
    stores:    rule → a store whose test split is tested on.
    start:     a preset whose bundled weights, of the model and rule, cells start from that `init` says nothing of.
    """

    base: str
    settings: Settings
    init: dict[str, str]
    data_seed: int
    episodes: int | None
    stores: dict[str, str]
    start: str | None = None


@dataclass(frozen=True)
class Cell:
    """One training: a model under a rule, at a length (in steps), from a seed."""

    model: str
    rule: str
    length: int
    seed: int

    @property
    def name(self) -> str:
        return f"{quote(self.model, safe='')}-{self.rule}-{self.length}-seed{self.seed}"


@dataclass(frozen=True)
class Place:
    """The files of one cell in a stress folder."""

    out: Path
    cell: Cell

    @property
    def run(self) -> Path:
        return self.out / "runs" / self.cell.name

    @property
    def folder(self) -> Path:
        return self.out / "cells" / self.cell.name

    @property
    def trained(self) -> Path:
        return self.folder / "trained.json"

    @property
    def failed(self) -> Path:
        return self.folder / "failed.json"

    @property
    def weights(self) -> Path:
        return self.run / "model.safetensors"

    @property
    def is_trained(self) -> bool:
        """Can it be tested, and others start from it?"""
        return self.trained.exists() and self.weights.exists()

    def test(self, length: int) -> Path:
        return self.folder / f"test-{length}.json"

    def forget(self) -> None:
        """All that came of its training, so that it is trained from the beginning; trained.json is the last to go."""
        for path in (*self.folder.glob("test-*.json"), self.run / "resume.pt", self.trained):
            path.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object that a file holds; None where there is no file. Raises ValueError where it is damaged."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged ({error}); delete it, and it is made again") from error
    if not isinstance(document, dict):
        raise ValueError(f"{path} is no record but a {type(document).__name__}; delete it, or make it again")
    return document


@contextmanager
def keys_of(path: Path) -> Iterator[None]:
    """Where a document of this file is taken apart: what it lacks is a ValueError that says what to do."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise ValueError(f"{path} is damaged ({error!r}); delete it, and it is made again") from error


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Whole or not at all."""
    from slotssm.checkpoint import replace_file

    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))

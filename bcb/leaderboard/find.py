"""What lies in a folder: predictions stores, and records that have lost theirs."""

import json
from dataclasses import dataclass
from pathlib import Path

from bcb.leaderboard.limits import is_small_file
from bcb.leaderboard.record import SUFFIX, record_path
from generators.store.schema import FORMAT as DATASET

NODES = ("zarr.json", ".zgroup", ".zarray")  # of versions 3 and 2; what is of 2 is then refused


@dataclass(frozen=True)
class Found:
    """stores: of predictions, sorted.   lost: records beside no predictions, sorted."""

    stores: list[Path]
    lost: list[Path]


def predictions_below(folder: Path) -> Found:
    """Every zarr store below, or at, a folder, but for datasets of ours; hidden folders aside.

    Damaged ones, too: to say what is wrong with them is for their reader. Raises ValueError where there is none.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; give one that holds predictions stores")
    stores, records = _walk(folder)
    if not stores and not records:
        raise ValueError(
            f"there are no predictions below {folder}; put some there: "
            f"bcb evaluate --model MODEL --save-predictions {folder / 'MODEL'}"
        )
    beside = {record_path(store) for store in stores}
    return Found(sorted(stores), sorted(set(records) - beside))


def _walk(folder: Path) -> tuple[list[Path], list[Path]]:
    """Stores and records."""
    stores, records, folders = [], [], [folder]
    while folders:  # a stranger's may lie deeper than calls can
        folder = folders.pop()
        if _is_store(folder):
            stores += [] if _is_dataset(folder) else [folder]
            continue
        for child in folder.iterdir():
            if child.name.startswith("."):
                continue
            if child.name.endswith(SUFFIX) and child.is_file():
                records.append(child)
            elif child.is_dir() and (not child.is_symlink() or _is_store(child)):  # other links might lead in a circle
                folders.append(child)
    return stores, records


def _is_store(folder: Path) -> bool:
    return any((folder / name).exists() for name in NODES)


def _is_dataset(folder: Path) -> bool:
    """Whether it is a split of a dataset, which is no predictions and nothing wrong."""
    if not is_small_file(folder / "zarr.json"):
        return False
    try:
        return json.loads((folder / "zarr.json").read_text(encoding="utf-8"))["attributes"]["format"] == DATASET
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False

"""Write a predictions store: whole, or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eval.predictions.format import (
    FORMAT,
    FORMAT_VERSION,
    LOST_CLASS,
    LOST_INDEX,
    PredictionsError,
    check_arrays,
    check_attributes,
    first_line,
)

CHUNK_BYTES = 2**20


def write_predictions(
    path: str | Path,
    class_map: np.ndarray,
    index: np.ndarray,
    *,
    fingerprint: str,
    split: str,
    model_name: str,
    model_config: Mapping[str, Any],
    rollout: np.ndarray | None = None,
    overwrite: bool = False,
) -> None:
    """Write a predictions store: whole, or not at all.

    class_map: uint8 (n, y, x).   index: integers (n,), the episodes, each once.
    model_config: anything that JSON can hold.   rollout: uint8 (n, time, y, x), of video prediction.
    overwrite: replace a predictions store that is there already; never anything else.
    Raises PredictionsError.
    """
    path = Path(path)
    attributes = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "fingerprint": fingerprint,
        "split": split,
        "model": {
            "name": model_name,
            "config": dict(model_config) if isinstance(model_config, Mapping) else model_config,
        },
    }
    check_attributes(attributes)
    class_map, index = _array("class_map", class_map), _array("index", index)
    rollout = None if rollout is None else _array("rollout", rollout)
    check_arrays(class_map, index, split, rollout)
    check_writable(path, overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A sibling, so that the last step is a rename on one disk; inside, what mkdtemp makes is for our eyes only.
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise PredictionsError(f"can't write predictions at {path}: {error.strerror}; choose another path") from error
    try:
        _write(temporary / "new", class_map, index.astype(np.int64), rollout, attributes)
        swap(temporary / "new", path, temporary / "old")
    except (OSError, TypeError, ValueError) as error:  # a full disk; a config that JSON can't hold
        raise PredictionsError(f"can't write predictions at {path}: {first_line(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_writable(path: Path, overwrite: bool) -> None:
    """Raise PredictionsError unless predictions may be written at a path: ask before the work of making them."""
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise PredictionsError(f"{path} exists; choose another path, or replace it with overwrite=True (--overwrite)")
    try:
        ours = json.loads((path / "zarr.json").read_text())["attributes"]["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours or path.is_symlink():
        raise PredictionsError(f"{path} is not a predictions store, so it is not overwritten; choose another path")


def _array(name: str, values: Any) -> np.ndarray:
    try:
        return np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise PredictionsError(f"{name} can't be an array ({first_line(error)}); give a NumPy array") from None


def _write(
    path: Path, class_map: np.ndarray, index: np.ndarray, rollout: np.ndarray | None, attributes: dict[str, Any]
) -> None:
    import zarr
    from zarr.codecs import Crc32cCodec, ZstdCodec

    group = zarr.open_group(path, mode="w-", zarr_format=3, attributes=attributes)
    rows = max(1, CHUNK_BYTES // class_map[0].nbytes)
    arrays = [
        ("class_map", class_map, (min(rows, len(class_map)), *class_map.shape[1:]), LOST_CLASS, ("episode", "y", "x")),
        ("index", index, index.shape, LOST_INDEX, ("episode",)),
    ]
    if rollout is not None:
        arrays.append(("rollout", rollout, (1, *rollout.shape[1:]), LOST_CLASS, ("episode", "time", "y", "x")))
    for name, data, chunk, fill, dimensions in arrays:
        array = group.create_array(
            name,
            shape=data.shape,
            dtype=data.dtype,
            chunks=chunk,
            compressors=[ZstdCodec(level=1), Crc32cCodec()],
            fill_value=fill,
            dimension_names=dimensions,
        )
        array[...] = data


def swap(new: Path, path: Path, old: Path) -> None:
    """Put the new store in its place; whatever goes wrong, the old one or the new one is there afterwards."""
    replaced = path.exists()
    if replaced:
        path.rename(old)
    try:
        new.rename(path)
    except BaseException:
        if replaced:
            old.rename(path)
        raise

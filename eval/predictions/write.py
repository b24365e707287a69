"""Write a predictions store: whole, or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

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
    path, attributes = Path(path), attributes_of(fingerprint, split, model_name, model_config)
    check_attributes(attributes)
    class_map, index = _array("class_map", class_map), _array("index", index)
    rollout = None if rollout is None else _array("rollout", rollout)
    check_arrays(class_map, index, split, rollout)
    check_writable(path, overwrite)
    rows = max(1, CHUNK_BYTES // class_map[0].nbytes)
    chunk = (min(rows, len(class_map)), *class_map.shape[1:])
    arrays = {"class_map": ToStore(class_map, chunk, LOST_CLASS, ("episode", "y", "x")), "index": index_to_store(index)}
    if rollout is not None:
        arrays["rollout"] = ToStore(rollout, (1, *rollout.shape[1:]), LOST_CLASS, ("episode", "time", "y", "x"))
    write_whole(path, arrays, attributes)


class ToStore(NamedTuple):
    """An array, the shape of its chunks, what stands for lost data, and the names of its dimensions."""

    data: np.ndarray
    chunk: tuple[int, ...]
    lost: float
    dimensions: tuple[str, ...]


def index_to_store(index: np.ndarray) -> ToStore:
    """The episodes that are predicted, (episode,) of whole numbers."""
    return ToStore(index.astype(np.int64), index.shape, LOST_INDEX, ("episode",))


def attributes_of(fingerprint: str, split: str, model_name: str, model_config: Any) -> dict[str, Any]:
    """The attributes of a predictions store."""
    config = dict(model_config) if isinstance(model_config, Mapping) else model_config
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "fingerprint": fingerprint,
        "split": split,
        "model": {"name": model_name, "config": config},
    }


def write_whole(path: Path, arrays: Mapping[str, ToStore], attributes: Mapping[str, Any]) -> None:
    """Write a store at a path where it may be written, in place of the one that is there. Raises PredictionsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A sibling, so that the last step is a rename on one disk; inside, what mkdtemp makes is for our eyes only.
        temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    except OSError as error:
        raise PredictionsError(f"can't write predictions at {path}: {error.strerror}; choose another path") from error
    try:
        _write(temporary / "new", arrays, attributes)
        _swap(temporary / "new", path, temporary / "old")
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


def _write(path: Path, arrays: Mapping[str, ToStore], attributes: Mapping[str, Any]) -> None:
    import zarr
    from zarr.codecs import Crc32cCodec, ZstdCodec

    group = zarr.open_group(path, mode="w-", zarr_format=3, attributes=dict(attributes))
    for name, (data, chunk, lost, dimensions) in arrays.items():
        array = group.create_array(
            name,
            shape=data.shape,
            dtype=data.dtype,
            chunks=chunk,
            compressors=[ZstdCodec(level=1), Crc32cCodec()],
            fill_value=lost,
            dimension_names=dimensions,
        )
        array[...] = data


def _swap(new: Path, path: Path, old: Path) -> None:
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

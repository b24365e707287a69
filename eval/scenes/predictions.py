"""Predictions of scenes: the store of `eval.predictions` with other arrays, each of them optional, one at least.

| array      | dtype, dimensions             | meaning                                                              |
|------------|-------------------------------|----------------------------------------------------------------------|
| `index`    | int64 (episode)               | the episodes of the split that are predicted, in any order, each once |
| `slot_map` | uint8 (episode, time, y, x)   | the slot, 0 to 254, that each pixel of each frame is drawn by        |
| `logits`   | float32 (episode, cell)       | of the snitch's 36 cells in the last frame, the higher the likelier  |
| `depth`    | float32 (episode, time, y, x) | metres, as the store's depth                                         |

The attributes are those of every predictions store (`eval.predictions`). The fill values (255, NaN, −1) are no slot,
no number and no index, so that a chunk that gets lost is noticed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.predictions.format import PredictionsError, check_arrays
from eval.predictions.read import check_format, described, opening, read_array, saying_where
from eval.predictions.write import ToStore, attributes_of, check_writable, index_to_store, write_whole
from eval.scenes.snitch import CELLS

LOST_SLOT = 255
VIDEO = ("episode", "time", "y", "x")
# Name → dtype, dimensions, what stands for lost data.
ARRAYS: dict[str, tuple[type, tuple[str, ...], float]] = {
    "slot_map": (np.uint8, VIDEO, LOST_SLOT),
    "logits": (np.float32, ("episode", "cell"), np.nan),
    "depth": (np.float32, VIDEO, np.nan),
}


@dataclass(frozen=True, eq=False)
class ScenePredictions:
    """index: int64 (n,), each once; the arrays as above, None for one that isn't there; the rest are the attributes."""

    index: np.ndarray
    fingerprint: str
    split: str
    model_name: str
    model_config: Mapping[str, Any]
    slot_map: np.ndarray | None = None
    logits: np.ndarray | None = None
    depth: np.ndarray | None = None


def write_scene_predictions(path: str | Path, predictions: ScenePredictions, *, overwrite: bool = False) -> None:
    """Write a predictions store: whole, or not at all.

    overwrite: replace a predictions store that is there already; never anything else.
    Raises PredictionsError.
    """
    path, index = Path(path), np.asarray(predictions.index)
    arrays = {name: getattr(predictions, name) for name in ARRAYS if getattr(predictions, name) is not None}
    check_scene_arrays(arrays, index, predictions.split)
    check_writable(path, overwrite)
    stored = {"index": index_to_store(index)}
    for name, array in arrays.items():
        _, dimensions, lost = ARRAYS[name]
        chunk = (1, *array.shape[1:]) if dimensions == VIDEO else array.shape
        stored[name] = ToStore(array, chunk, lost, dimensions)
    p = predictions
    write_whole(path, stored, attributes_of(p.fingerprint, p.split, p.model_name, p.model_config))


def read_scene_predictions(path: str | Path, *, largest: int | None = None) -> ScenePredictions:
    """Read a predictions store of scenes and check all of it. Raises PredictionsError.

    largest: bytes that an array, or a chunk of it, may have in memory; None for any.
    """
    path = Path(path)
    if not path.is_dir():
        raise PredictionsError(f"there is no predictions store at {path}; check the path")
    attributes, arrays = _read(path, largest)
    index = arrays.pop("index")
    with saying_where(path):
        check_scene_arrays(arrays, index, attributes["split"])
    return ScenePredictions(index=index.astype(np.int64), **arrays, **described(attributes))


def is_of_scenes(path: str | Path) -> bool:
    """Whether a predictions store holds an array of scenes. False for what is no store: its reader says so."""
    return any((Path(path) / name / "zarr.json").is_file() for name in ARRAYS)


def check_scene_arrays(arrays: Mapping[str, np.ndarray], index: np.ndarray, split: object) -> None:
    """Raises PredictionsError unless these can be the arrays of a predictions store of scenes."""
    if not arrays:
        raise PredictionsError(f"there is nothing predicted; give one at least of: {', '.join(ARRAYS)}")
    if index.ndim != 1 or not len(index):
        raise PredictionsError(f"index has shape {index.shape}; give one episode number for each that is predicted")
    check_arrays(np.zeros((len(index), 1, 1), np.uint8), index, split)  # as where each has an image
    for name, array in arrays.items():
        dtype, dimensions, _ = ARRAYS[name]
        _check_kind(name, name, array.dtype, array.shape)
        if not array.size or len(array) != len(index):
            raise PredictionsError(
                f"{name} has shape {array.shape}, and {len(index)} episodes are named; give ({', '.join(dimensions)})"
            )
        lost = (array == LOST_SLOT) if dtype is np.uint8 else np.isnan(array)
        if lost.any():
            raise PredictionsError(
                f"{name} holds {array[lost][0]}, which stands for lost data; write the predictions again"
            )


def _check_kind(what: str, name: str, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    right, dimensions, _ = ARRAYS[name]
    if dtype != right or len(shape) != len(dimensions) or (name == "logits" and shape[1] != CELLS):
        wanted = ", ".join(f"{CELLS} cells" if d == "cell" else d for d in dimensions)
        raise PredictionsError(f"{what} is {dtype} {shape}; give {np.dtype(right)} ({wanted})")


def _read(path: Path, largest: int | None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The attributes, checked, and the arrays that are there, the index among them."""
    import zarr

    with opening(path):
        group = zarr.open_group(path, mode="r", zarr_format=3)  # of version 2, a codec may unpickle
        attributes = dict(group.attrs)
        found = {name: group[name] for name in ("index", *ARRAYS) if name in group or (path / name).exists()}
    check_format(path, attributes)
    if set(found) <= {"index"} and (path / "class_map").exists():
        raise PredictionsError(f"{path} holds predictions of blinking balls, and this takes those of scenes")
    if "index" not in found:
        raise PredictionsError(f"{path} has no array index, or a broken one; write the predictions again")
    arrays = {}
    for name, array in found.items():
        if name in ARRAYS and isinstance(array, zarr.Array):
            _check_kind(f"in {path}, {name}", name, array.dtype, array.shape)
        arrays[name] = read_array(path, name, array, largest)
    return attributes, arrays

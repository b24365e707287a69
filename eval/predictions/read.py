"""Read a predictions store, and trust nothing in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from eval.predictions.format import (
    FORMAT,
    Predictions,
    PredictionsError,
    check_arrays,
    check_attributes,
    first_line,
)


def read_predictions(path: str | Path, *, largest: int | None = None) -> Predictions:
    """Read a predictions store and check all of it. Raises PredictionsError.

    largest: bytes that an array, or a chunk of it, may have in memory; None for any. A few bytes of a stranger's can
    say that they are more than there is memory.
    """
    path = Path(path)
    if not path.exists():
        raise PredictionsError(f"there are no predictions at {path}; check the path")
    if not path.is_dir():
        raise PredictionsError(f"{path} is a file; a predictions store is a folder")
    attributes, class_map, index, rollout = _read(path, largest)
    with saying_where(path):
        check_arrays(class_map, index, attributes["split"], rollout)
    return Predictions(class_map=class_map, index=index.astype(np.int64), rollout=rollout, **described(attributes))


def _read(path: Path, largest: int | None) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray | None]:
    """The attributes, checked, and the arrays as they are."""
    import zarr

    with opening(path):
        # Of version 2, a codec may unpickle, which older versions of numcodecs let strangers do.
        group = zarr.open_group(path, mode="r", zarr_format=3)
        attributes = dict(group.attrs)
        names = ("class_map", "index", "rollout") if "rollout" in group else ("class_map", "index")
    check_format(path, attributes)
    if not (path / "class_map").exists() and any((path / name).exists() for name in ("slot_map", "logits", "depth")):
        raise PredictionsError(f"{path} holds predictions of scenes, and this takes those of blinking balls")
    arrays = []
    for name in names:
        try:
            array = group[name]
        except Exception as error:
            raise PredictionsError(
                f"{path} has no array {name}, or a broken one; write the predictions again"
            ) from error
        arrays.append(read_array(path, name, array, largest))
    return attributes, arrays[0], arrays[1], arrays[2] if len(arrays) > 2 else None


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Whatever goes wrong in the body is said of a store that can't be opened."""
    try:
        yield
    except Exception as error:  # zarr raises whatever its parser or its codecs do
        raise PredictionsError(
            f"{path} is not a predictions store, or a broken one ({first_line(error)}); check the path"
        ) from error


@contextmanager
def saying_where(path: Path) -> Iterator[None]:
    """A PredictionsError of the body is said to be of the store at `path`."""
    try:
        yield
    except PredictionsError as error:
        raise PredictionsError(f"in {path}, {error}") from None


def read_array(path: Path, name: str, array: object, largest: int | None) -> np.ndarray:
    """All of an array of the store at `path`, as `read_predictions` reads it. Raises PredictionsError."""
    import zarr

    if not isinstance(array, zarr.Array):
        raise PredictionsError(f"in {path}, {name} is no array; write the predictions again")
    if largest is not None and max(prod(array.shape), prod(array.chunks)) * array.dtype.itemsize > largest:
        raise PredictionsError(
            f"in {path}, {name} is {array.shape} in chunks of {array.chunks}, more than is read here; "
            "write fewer episodes, or smaller chunks"
        )
    try:
        return np.asarray(array[...])
    except Exception as error:
        why = f"{name} can't be read: {first_line(error)}"
        raise PredictionsError(f"{path} is truncated or damaged ({why}); write the predictions again") from error


def described(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What a store's attributes, which are checked, say of its predictions, as the fields are called."""
    model = attributes.get("model", {})
    return {
        "fingerprint": attributes["fingerprint"],
        "split": attributes["split"],
        "model_name": model.get("name", "unnamed"),
        "model_config": model.get("config", {}),
    }


def check_format(path: Path, attributes: dict[str, Any]) -> None:
    """Raise PredictionsError unless these are the attributes of a predictions store."""
    # A store by hand may leave out the format and the model: the fingerprint already says what it is of.
    found = attributes.get("format", FORMAT)
    if found != FORMAT or not {"format", "fingerprint"} & set(attributes):
        what = f"a {found!r}" if found != FORMAT else "something else"
        raise PredictionsError(f"{path} is not a predictions store but {what}; give the path of the predictions")
    with saying_where(path):
        check_attributes(attributes)

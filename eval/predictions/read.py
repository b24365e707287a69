"""Read a predictions store, and trust nothing in it."""

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
    try:
        check_arrays(class_map, index, attributes["split"], rollout)
    except PredictionsError as error:
        raise PredictionsError(f"in {path}, {error}") from None
    model = attributes.get("model", {})
    return Predictions(
        class_map=class_map,
        index=index.astype(np.int64),
        fingerprint=attributes["fingerprint"],
        split=attributes["split"],
        model_name=model.get("name", "unnamed"),
        model_config=model.get("config", {}),
        rollout=rollout,
    )


def _read(path: Path, largest: int | None) -> tuple[dict[str, Any], np.ndarray, np.ndarray, np.ndarray | None]:
    """The attributes, checked, and the arrays as they are."""
    import zarr

    try:
        # Of version 2, a codec may unpickle, which older versions of numcodecs let strangers do.
        group = zarr.open_group(path, mode="r", zarr_format=3)
        attributes = dict(group.attrs)
        names = ("class_map", "index", "rollout") if "rollout" in group else ("class_map", "index")
    except Exception as error:  # zarr raises whatever its parser or its codecs do
        raise PredictionsError(
            f"{path} is not a predictions store, or a broken one ({first_line(error)}); check the path"
        ) from error
    check_format(path, attributes)
    if "class_map" not in group and any(name in group for name in ("slot_map", "logits", "depth")):
        raise PredictionsError(f"{path} holds predictions of scenes, and this takes those of blinking balls")
    arrays = []
    for name in names:
        try:
            array = group[name]
        except Exception as error:
            raise PredictionsError(
                f"{path} has no array {name}, or a broken one; write the predictions again"
            ) from error
        if not isinstance(array, zarr.Array):
            raise PredictionsError(f"in {path}, {name} is no array; write the predictions again")
        if largest is not None and max(prod(array.shape), prod(array.chunks)) * array.dtype.itemsize > largest:
            raise PredictionsError(
                f"in {path}, {name} is {array.shape} in chunks of {array.chunks}, more than is read here; "
                "write fewer episodes, or smaller chunks"
            )
        try:
            arrays.append(np.asarray(array[...]))
        except Exception as error:
            why = f"{name} can't be read: {first_line(error)}"
            raise PredictionsError(f"{path} is truncated or damaged ({why}); write the predictions again") from error
    return attributes, arrays[0], arrays[1], arrays[2] if len(arrays) > 2 else None


def check_format(path: Path, attributes: dict[str, Any]) -> None:
    # A store by hand may leave out the format and the model: the fingerprint already says what it is of.
    found = attributes.get("format", FORMAT)
    if found != FORMAT or not {"format", "fingerprint"} & set(attributes):
        what = f"a {found!r}" if found != FORMAT else "something else"
        raise PredictionsError(f"{path} is not a predictions store but {what}; give the path of the predictions")
    try:
        check_attributes(attributes)
    except PredictionsError as error:
        raise PredictionsError(f"in {path}, {error}") from None

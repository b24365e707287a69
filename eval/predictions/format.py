"""What a predictions store must be, for those who write it and those who read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from generators.spec import SPLITS

FORMAT = "bcb-predictions"
FORMAT_VERSION = 1
LOST_CLASS = 255
LOST_INDEX = -1


class PredictionsError(ValueError):
    """Predictions that can't be written, read or scored; one line that says what to do."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """class_map: uint8 (n, y, x).   index: int64 (n,), each once.   The rest as in the store's attributes.

    rollout: uint8 (n, time, y, x), all frames that are predicted, the class maps last; None where there are none.
    """

    class_map: np.ndarray
    index: np.ndarray
    fingerprint: str
    split: str
    model_name: str
    model_config: Mapping[str, Any]
    rollout: np.ndarray | None = None


def check_attributes(attributes: Mapping[str, Any]) -> None:
    """Raises PredictionsError unless these can be the attributes of a predictions store. The model may be left out."""
    version = attributes.get("format_version", FORMAT_VERSION)
    if not isinstance(version, int) or version < 1:
        raise PredictionsError(f"format_version is {version!r}; it must be {FORMAT_VERSION}")
    if version > FORMAT_VERSION:
        raise PredictionsError(f"format_version is {version}, and this bcb reads {FORMAT_VERSION}; install a newer bcb")
    for name in ("fingerprint", "split"):
        if not isinstance(found := attributes.get(name), str):
            raise PredictionsError(f"{name} is {found!r}; it must be text, the {name} of the data that is predicted")
    model = attributes.get("model", {})
    if not (
        isinstance(model, dict) and isinstance(model.get("name", ""), str) and isinstance(model.get("config", {}), dict)
    ):
        raise PredictionsError(f'model is {model!r}; it must be {{"name": …, "config": {{…}}}}')


def check_arrays(class_map: np.ndarray, index: np.ndarray, split: object, rollout: np.ndarray | None = None) -> None:
    """Raises PredictionsError unless these can be the arrays of a predictions store."""
    if class_map.dtype != np.uint8:
        raise PredictionsError(f"class_map is {class_map.dtype}; give palette classes as uint8")
    if class_map.ndim != 3 or not class_map.size:
        raise PredictionsError(
            f"class_map has shape {class_map.shape}; it must be (episode, y, x), with none of them 0"
        )
    if not np.issubdtype(index.dtype, np.integer):
        raise PredictionsError(f"index is {index.dtype}; give the episodes' numbers as int64")
    if index.shape != class_map.shape[:1]:
        raise PredictionsError(
            f"index has shape {index.shape} and class_map {class_map.shape}; give one episode number for each image"
        )
    if index.max() > np.iinfo(np.int64).max:
        raise PredictionsError(f"index holds {index.max()}; give the episodes' numbers as int64")
    if index.min() < 0:
        raise PredictionsError(
            f"index holds {index.min()}, or its data is lost; write the predictions again, from 0 up"
        )
    numbers, times = np.unique(index, return_counts=True)
    if times.max() > 1:
        raise PredictionsError(f"episode {numbers[times.argmax()]} is named more than once; predict each once")
    if class_map.max() == LOST_CLASS:
        raise PredictionsError(f"class_map holds {LOST_CLASS}, which stands for lost data; write the predictions again")
    if split not in SPLITS:
        raise PredictionsError(f"split {split!r} is not one of: {', '.join(SPLITS)}")
    if rollout is not None:
        _check_rollout(rollout, class_map)


def _check_rollout(rollout: np.ndarray, class_map: np.ndarray) -> None:
    images = (*rollout.shape[:1], *rollout.shape[2:])
    if rollout.dtype != np.uint8 or rollout.ndim != 4 or not rollout.size or images != class_map.shape:
        raise PredictionsError(
            f"rollout is {rollout.dtype} {rollout.shape}; it must be uint8 (episode, time, y, x), the frames that lead "
            f"to a class_map of {class_map.shape}"
        )
    if rollout.max() == LOST_CLASS:
        raise PredictionsError(f"rollout holds {LOST_CLASS}, which stands for lost data; write the predictions again")
    if not np.array_equal(rollout[:, -1], class_map):
        raise PredictionsError("the last frames of rollout are not class_map; write the same predictions in both")


def first_line(error: BaseException) -> str:
    """What went wrong, on one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]

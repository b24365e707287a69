"""The SHA-256 of what predictions say, however their store is compressed, and in whatever order the episodes come."""

import hashlib

import numpy as np

from eval.predictions import Predictions


def predictions_digest(found: Predictions) -> str:
    """Of the arrays `class_map`, `index` and, where there is one, `rollout`, all in the order of the episodes.

    Of each: its name and its shape as text, `class_map (1000, 32, 32)`, then its bytes in C order, little-endian.
    """
    order = np.argsort(found.index)
    digest = hashlib.sha256()
    for name, array in (("class_map", found.class_map), ("index", found.index), ("rollout", found.rollout)):
        if array is not None:
            digest.update(f"{name} {array.shape}".encode())
            digest.update(_bytes(array[order]))
    return digest.hexdigest()


def index_digest(found: Predictions) -> str:
    """Of the episodes' numbers alone, sorted, as int64."""
    return hashlib.sha256(_bytes(np.sort(found.index))).hexdigest()


def _bytes(array: np.ndarray) -> bytes:
    return array.astype(array.dtype.newbyteorder("<")).tobytes()

"""The probes of an episode's objects, by the names that their attributes have in the store.

Looked at is one frame, the last: the slots after it, and each object as it is in it. Objects are given their slots by
the masks of all frames (`eval.scenes.match`), so a slot must have kept its object to be read right. Scored are the
objects of which a pixel is seen in that frame, for only they can be told from the picture.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from eval.estimate import Estimate
from eval.scenes.match import slots_of_objects
from eval.scenes.probes import SEEDS, Points, features_of_objects, probe_classes, probe_values

CLASSES = ("shape", "color", "material")  # (episode, object)
VALUES = ("size", "position", "velocity")  # (episode, object), and with time and xyz
UNKNOWN = 255  # a class that the data doesn't say


def points_of(slots: np.ndarray, slot_map: np.ndarray, truth: Mapping[str, np.ndarray]) -> dict[str, Points]:
    """What the probes read, of n episodes: attribute → points, those of CLASSES and VALUES that the truth has.

    slots:    float (n, slot, width), after the last frame.
    slot_map: uint8 (n, time, y, x), the slots that draw each frame.
    truth:    the store's arrays by name, with their episode axis: segmentation, visibility, and the attributes.
    Raises ValueError for slots that aren't finite, maps that don't fit, and where no object is seen.
    """
    there = truth["visibility"][:, -1] > 0
    pairs = zip(slot_map, truth["segmentation"], strict=True)
    slot = np.stack([slots_of_objects(drawn, true, most=there.shape[1]) for drawn, true in pairs])
    if len(slots) != len(slot) or slots.ndim != 3 or slots.shape[1] <= slot.max():
        raise ValueError(f"the slots are {slots.shape}; give (n, slot, width) for {len(slot)} episodes' slot maps")
    features = features_of_objects(slots, slot)
    last = {name: truth[name] for name in (*CLASSES, *VALUES) if name in truth}
    last |= {name: last[name][:, -1] for name in ("position", "velocity") if name in last}
    known = {name: there & (target != UNKNOWN) if name in CLASSES else there for name, target in last.items()}
    return {name: Points(features, target, known[name]) for name, target in last.items() if known[name].any()}


def probe_attributes(
    train: Mapping[str, Points], test: Mapping[str, Points], seeds: Sequence[int] = SEEDS
) -> dict[str, dict[str, Estimate]]:
    """Attribute → what `probe_classes` or `probe_values` gives for it. train, test: of `points_of`."""
    return {
        name: probe_classes(train[name], test[name])
        if name in CLASSES
        else probe_values(train[name], test[name], seeds)
        for name in test
    }

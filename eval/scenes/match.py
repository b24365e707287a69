"""Which slot stands for which object: Hungarian matching by intersection over union (IoU).

Slot maps and segmentations are compared over as many pixels as they hold: all frames of an episode as one set, or one
frame. Background (0 in a segmentation) is no object and has no slot, but counts where it ought to: what a slot draws
besides its object, be it background or another object, is in their union. An object with no pixel in any of the frames
is not there, and gets no slot; nor does one that shares no pixel with the slot left for it, which the Hungarian
algorithm would pair at random. More objects than slots: some have none. More slots than objects: some are nobody's.

Matching by masks is that of the paper's probes and mIoU (2406.12272, §7.3); by IoU, as in VideoSAUR's metrics
(martius-lab/videosaur, videosaur/metrics.py).
"""

import numpy as np

from eval.scenes.solvers import assign

UNMATCHED = -1


def overlaps(slot_map: np.ndarray, segmentation: np.ndarray) -> np.ndarray:
    """IoU of every slot with every label, the background first: float64 (slot, 1 + object), 0 where neither is seen.

    slot_map: whole numbers from 0.   segmentation: 0 background, k + 1 object k.   Both of any one shape.
    The slots and objects are those up to the last that is seen. Raises ValueError when the shapes differ.
    """
    check_maps(slot_map, segmentation)
    slots, labels = int(slot_map.max()) + 1, int(segmentation.max()) + 1
    pair = slot_map.ravel().astype(np.intp) * labels + segmentation.ravel()
    both = np.bincount(pair, minlength=slots * labels).reshape(slots, labels).astype(np.float64)
    either = both.sum(1, keepdims=True) + both.sum(0, keepdims=True) - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def match(iou: np.ndarray) -> np.ndarray:
    """The slot of each object, int64 (object,), such that their IoU are most in all; −1 for an object with none.

    iou: float64 (slot, object).
    """
    slot, thing = assign(iou)
    chosen = np.full(iou.shape[1], UNMATCHED, dtype=np.int64)
    chosen[thing] = np.where(iou[slot, thing] > 0, slot, UNMATCHED)
    return chosen


def slots_of_objects(slot_map: np.ndarray, segmentation: np.ndarray, most: int) -> np.ndarray:
    """The slot of each of `most` objects, int64 (most,), −1 for one with none. Maps as in `overlaps`."""
    found = match(overlaps(slot_map, segmentation)[:, 1:])
    if len(found) > most:
        raise ValueError(f"the segmentation has {len(found)} objects, and there are to be {most}; give their true most")
    return np.concatenate([found, np.full(most - len(found), UNMATCHED)])


def check_maps(slot_map: np.ndarray, segmentation: np.ndarray) -> None:
    """Raise ValueError unless both are whole numbers from 0, of one shape, and some."""
    if slot_map.shape != segmentation.shape or not slot_map.size:
        raise ValueError(
            f"the slot map is {slot_map.shape}, the segmentation {segmentation.shape}; give a slot for every pixel of "
            "the same frames"
        )
    for name, array in (("slot map", slot_map), ("segmentation", segmentation)):
        if not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
            raise ValueError(f"the {name} is {array.dtype} from {array.min()}; give whole numbers from 0")

"""The colours of what can't be seen in a scene's pictures: whose each pixel is, in truth and by slots, and how far."""

import numpy as np

from bcb.render.slots import COLORS
from bcb.render.style import Color
from eval.scenes.match import UNMATCHED, match, overlaps

BACKGROUND: Color = (0, 0, 0)
DARKER: tuple[Color, ...] = tuple((r // 2, g // 2, b // 2) for r, g, b in COLORS)
MASKS = np.array((BACKGROUND, *COLORS, *DARKER), np.uint8)


def object_colors(segmentation: np.ndarray) -> np.ndarray:
    """RGB of a segmentation (time, y, x): black for the background, for object k always the same."""
    return MASKS[_in_turn(segmentation)]


def slot_colors(slot_map: np.ndarray, segmentation: np.ndarray | None) -> np.ndarray:
    """RGB of a slot map (time, y, x): a slot has the colour of the object that it is matched with over all frames.

    Of the others, the one that draws most of the background is black, and the rest have colours that no object has.
    segmentation: None where it is not known; then slots have colours in turn.
    """
    if segmentation is None:
        return object_colors(slot_map.astype(int) + 1)
    iou = overlaps(slot_map, segmentation)
    chosen = match(iou[:, 1:])
    things = np.flatnonzero(chosen != UNMATCHED)
    others = np.setdiff1d(np.arange(len(iou)), chosen)
    if len(others):
        others = np.delete(others, iou[others, 0].argmax())
    every = np.arange(1, len(MASKS))
    left = np.setdiff1d(every, _in_turn(np.arange(1, iou.shape[1])))
    shades = np.zeros(len(iou), int)
    shades[chosen[things]] = _in_turn(things + 1)
    shades[others] = np.resize(left if len(left) else every, len(others))
    return MASKS[shades[slot_map]]


def _in_turn(labels: np.ndarray) -> np.ndarray:
    """Labels as indices of MASKS; where there are more, colours come again."""
    return np.where(labels == 0, 0, (labels.astype(int) - 1) % (len(MASKS) - 1) + 1)


def nearest(depth: np.ndarray) -> float:
    """The largest nearness, 1/m, of depths in metres; NaN is infinitely far."""
    return float(_nearness(depth).max())


def depth_greys(depth: np.ndarray, white: float) -> np.ndarray:
    """RGB of depths (time, y, x): white from this nearness on, black infinitely far; in between by nearness."""
    grey = (255 * np.minimum(_nearness(depth) / white, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _nearness(depth: np.ndarray) -> np.ndarray:
    return 1 / np.maximum(np.nan_to_num(depth.astype(np.float64), nan=np.inf), 1e-3)

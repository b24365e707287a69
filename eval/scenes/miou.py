"""mIoU of slot maps: how well does the best slot for each object cover it, and nothing else? A perfect map scores 1.

Each object is given a slot of its own (`eval.scenes.match`), and the mean IoU of objects with their slots is the score
of the episode; the mean over episodes is mIoU. This is `VideoIoU` with Hungarian matching of VideoSAUR's metrics
(martius-lab/videosaur, videosaur/metrics.py; 2306.04829), without background:

- Frames: `miou` takes all frames of an episode as one set of pixels; `miou_frame` matches each frame anew. All frames
  count, or all but `skip_first` (`eval.scenes.fg_ari`).
- Background is no object, unless asked for with `background=True`, and any slot may draw it; but what the slot of an
  object draws of the background is in their union. So unlike FG-ARI it punishes slots that bleed.
- The objects are those with a pixel in the frames scored. One that is left without a slot counts 0.
- Episodes or frames with no object are not scored. The order of the slots changes nothing.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from eval.estimate import Estimate
from eval.scenes.frames import video_and_frames
from eval.scenes.match import UNMATCHED, match, overlaps

METRICS = ("miou", "miou_frame")


def miou(
    slot_maps: Iterable[np.ndarray],
    segmentations: Iterable[np.ndarray],
    *,
    skip_first: int = 0,
    background: bool = False,
) -> dict[str, Estimate]:
    """Name of METRICS → estimate. The arguments are those of `eval.scenes.fg_ari.fg_ari`, and raise what they do there.

    background: count it as an object, the first.
    """
    score = partial(of_pixels, background=background)
    return dict(zip(METRICS, video_and_frames(score, slot_maps, segmentations, skip_first), strict=True))


def of_pixels(slot_map: np.ndarray, segmentation: np.ndarray, background: bool = False) -> float:
    """Of one set of pixels, two arrays of any one shape; NaN where there is no object."""
    first = 0 if background else 1
    iou = overlaps(slot_map, segmentation)[:, first:]
    seen = np.isin(np.arange(first, first + iou.shape[1]), segmentation)
    if not seen.any():
        return np.nan
    slot = match(iou)
    of_slot = np.where(slot == UNMATCHED, 0, iou[slot, np.arange(len(slot))])
    return float(of_slot.sum() / seen.sum())

"""FG-ARI of slot maps against the segmentation of scenes. A perfect map scores 1, chance 0.

The adjusted Rand index (`eval.ari`) of the pixels whose true label isn't background, as in the code of SAVi
(google-research/slot-attention-video, savi/lib/metrics.py, `AriNoBg`) and of STEVE (singhgautam/steve,
eval_fgari_video.py):

- Frames: `fg_ari` takes all frames of an episode as one set of points, so a slot must keep its object; all frames
  count, the first too, as in both codes, also where the first frame conditioned the slots. A model that is told where
  the objects are in the first frames should be scored without them: `skip_first=1`, and said so beside the number.
  `fg_ari_frame` takes each frame by itself, and is the mean over all frames of all episodes.
- Background: left out by the truth alone. Which slots draw it, and how many, changes nothing.
- Absent objects have no pixel, so they are not there. Pixels of one that is partly hidden are those that are seen.
- Fewer than two objects seen, in the episode or the frame: nothing to keep apart, not scored. (Of one
  object SAVi's code gives 1 to a map of one slot, and 0 to any other; of none, 1.) n counts what is scored.
- Intervals resample episodes (`eval.estimate`).
"""

from collections.abc import Iterable

import numpy as np

from eval.estimate import Estimate
from eval.scenes.frames import video_and_frames
from eval.slots import fg_ari as of_balls

METRICS = ("fg_ari", "fg_ari_frame")


def fg_ari(
    slot_maps: Iterable[np.ndarray], segmentations: Iterable[np.ndarray], *, skip_first: int = 0
) -> dict[str, Estimate]:
    """Name of METRICS → estimate. Two arrays (n, time, y, x), or anything that yields episodes (time, y, x).

    slot_maps: uint8, the slot that each pixel is drawn by.   segmentations: uint8, 0 background, k + 1 object k.
    skip_first: frames at the start of each episode that aren't scored.
    Raises ValueError when they don't go together, or no frame is left.
    """
    return dict(zip(METRICS, video_and_frames(of_pixels, slot_maps, segmentations, skip_first), strict=True))


def of_pixels(slot_map: np.ndarray, segmentation: np.ndarray) -> float:
    """Of one set of pixels, two arrays of any one shape; NaN where fewer than two objects are seen."""
    return of_balls(slot_map, segmentation.astype(np.int64) - 1)

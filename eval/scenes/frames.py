"""Scores of slot maps, taken over all frames of an episode as one set of pixels, and over each frame by itself."""

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

import numpy as np

from eval.estimate import Estimate, Sums, estimate
from eval.scenes.match import check_maps


def video_and_frames(
    score: Callable[[np.ndarray, np.ndarray], float],
    slot_maps: Iterable[np.ndarray],
    segmentations: Iterable[np.ndarray],
    skip_first: int,
) -> tuple[Estimate, Estimate]:
    """The mean over episodes, and the mean over all frames of all episodes; one episode is held at a time.

    score: (slot map, segmentation), two arrays of any one shape → a number, NaN where there is nothing to score.
    slot_maps, segmentations: arrays (n, time, y, x), or anything that yields episodes (time, y, x).
    skip_first: frames at the start of each episode that aren't scored.
    Raises ValueError when the maps don't go together, or no frame is left.
    """
    sums = []
    for slot_map, segmentation in _episodes(slot_maps, segmentations, skip_first):
        video = np.array([score(slot_map, segmentation)])
        frames = np.array([score(*frame) for frame in zip(slot_map, segmentation, strict=True)])
        sums.append([(np.nansum(scores), np.isfinite(scores).sum()) for scores in (video, frames)])
    if not sums:
        raise ValueError("there are no episodes to score; give at least one")
    (video, of_video), (frames, of_frames) = np.array(sums, dtype=np.float64).transpose(1, 2, 0)
    found = estimate([Sums(video, of_video), Sums(frames, of_frames)])
    return found[0], found[1]


def _episodes(
    slot_maps: Iterable[np.ndarray], segmentations: Iterable[np.ndarray], skip_first: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The frames of each episode that are scored: slot map and segmentation, (time, y, x) each."""
    for slot_map, segmentation in zip_longest(slot_maps, segmentations):
        if slot_map is None or segmentation is None:
            raise ValueError("there are not as many slot maps as segmentations; give one of each for every episode")
        slot_map, segmentation = np.asarray(slot_map), np.asarray(segmentation)
        check_maps(slot_map, segmentation)
        if slot_map.ndim != 3:
            raise ValueError(f"an episode's slot map is {slot_map.shape}; it must be (time, y, x)")
        if not 0 <= skip_first < len(slot_map):
            raise ValueError(f"skip_first is {skip_first} of {len(slot_map)} frames; leave at least one to be scored")
        yield slot_map[skip_first:], segmentation[skip_first:]

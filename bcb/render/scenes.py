"""A scene as panels: each frame's picture, its masks in the colours of slots, and its depth in grey.

What an episode lacks (of an imported set, say) is left out. What a model draws of it stands beside it: its picture,
its slots in the colours of the objects that they draw, its depth in the same greys, and the cell where it says that the
snitch is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from bcb.render.floor import draw_cell
from bcb.render.panels import MAX_PIXELS, framed
from bcb.render.slots import COLORS, joined
from bcb.render.style import TARGET, TEXT, Color
from eval.scenes.match import UNMATCHED, match, overlaps

BACKGROUND: Color = (0, 0, 0)
DARKER: tuple[Color, ...] = tuple((r // 2, g // 2, b // 2) for r, g, b in COLORS)
MASKS = (BACKGROUND, *COLORS, *DARKER)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a model makes of an episode; None where it doesn't say.

    rgb: uint8 (time, y, x, 3).   slot_map: whole numbers (time, y, x).   depth: metres (time, y, x).
    cell: the snitch's, after the last frame.
    """

    rgb: np.ndarray | None = None
    slot_map: np.ndarray | None = None
    depth: np.ndarray | None = None
    cell: int | None = None


def scene_panels(
    episode: Mapping[str, np.ndarray],
    camera: Mapping[str, Any],
    frames: Sequence[int],
    scale: int,
    overlay: bool = True,
    *,
    across: bool,
    drawn: Drawn | None = None,
) -> list[Image.Image]:
    """RGB images of one size, one for each of the frames.

    episode: its arrays by name.   camera: as a store's attributes have it.   scale: picture pixels per image pixel.
    overlay: with captions, and around the snitch's cell, in white around the cell that a model says.
    across: whether a frame's images lie side by side.   drawn: what stands beside the truth, of as many frames.
    Raises ValueError when they would be too large to be of use.
    """
    videos = _videos(episode, drawn or Drawn(), depth=drawn is None or drawn.depth is not None)
    side = episode["rgb"].shape[2] * scale
    if side * side * len(videos) * len(frames) > MAX_PIXELS:
        raise ValueError(
            f"{len(frames)} frames of {len(videos)} pictures of {side}×{side} pixels are too large a picture; "
            "choose a smaller --scale"
        )
    pages = []
    for t in frames:
        shown = []
        for name, video in videos.items():
            picture = Image.fromarray(np.ascontiguousarray(video[t].repeat(scale, axis=0).repeat(scale, axis=1)))
            if not overlay:
                shown.append(picture)
                continue
            true, last = name == "rgb", t == len(episode["rgb"]) - 1
            if true:
                _draw_cells(picture, episode, camera, t, drawn.cell if drawn and last else None)
            said = _caption(episode, t) if true else name
            shown.append(framed(picture, said, [], TARGET if true and last else None))
        pages.append(joined(shown, across))
    return pages


def _videos(episode: Mapping[str, np.ndarray], drawn: Drawn, depth: bool) -> dict[str, np.ndarray]:
    """What is shown of every frame, in this order: name → uint8 (time, y, x, rgb). depth: also how far it is."""
    colors, videos = np.array(MASKS, np.uint8), {"rgb": episode["rgb"]}
    if "segmentation" in episode:
        videos["objects"] = colors[_in_turn(episode["segmentation"])]
    if drawn.rgb is not None:
        videos["drawn"] = drawn.rgb
    if drawn.slot_map is not None:
        videos["slots"] = colors[_shades(drawn.slot_map, episode.get("segmentation"))[drawn.slot_map]]
    nearest = [_nearness(of).max() for of in (episode.get("depth"), drawn.depth) if of is not None]
    if depth and "depth" in episode:
        videos["depth"] = _greys(episode["depth"], nearest[0])
    if drawn.depth is not None:
        videos["depth as drawn"] = _greys(drawn.depth, nearest[0])
    return videos


def _draw_cells(picture: Image.Image, episode: Mapping, camera: Mapping, t: int, said: int | None) -> None:
    if "position" in camera:
        if said is not None:
            draw_cell(picture, said, camera, TEXT)
        if "cell" in episode:
            draw_cell(picture, int(episode["cell"][t]), camera, TARGET)


def _caption(episode: Mapping[str, np.ndarray], t: int) -> str:
    """The frame's number from 1 on, and where the snitch is."""
    said = str(t + 1)
    if "cell" in episode:
        said += f": cell {episode['cell'][t]}"
    if "covered_by" in episode and episode["covered_by"][t] >= 0:
        said += f", under object {episode['covered_by'][t]}"
    return said


def _in_turn(segmentation: np.ndarray) -> np.ndarray:
    """Objects as indices of MASKS; where there are more, colours come again."""
    return np.where(segmentation == 0, 0, (segmentation.astype(int) - 1) % (len(MASKS) - 1) + 1)


def _shades(slot_map: np.ndarray, segmentation: np.ndarray | None) -> np.ndarray:
    """The index of MASKS of each slot: that of the object it is matched with, over all frames together.

    Of the others, the one that draws most of the background is as the background; the rest are in darker colours.
    """
    if segmentation is None:
        return _in_turn(np.arange(int(slot_map.max()) + 1) + 1)
    iou = overlaps(slot_map, segmentation)
    slots, chosen = np.arange(len(iou)), match(iou[:, 1:])
    shades = len(COLORS) + 1 + slots % len(DARKER)
    free = np.setdiff1d(slots, chosen)
    if len(free):
        shades[free[iou[free, 0].argmax()]] = 0
    for thing, slot in enumerate(chosen):
        if slot != UNMATCHED:
            shades[slot] = _in_turn(np.array(thing + 1))
    return shades


def _nearness(depth: np.ndarray) -> np.ndarray:
    return 1 / np.maximum(np.nan_to_num(depth.astype(np.float64), nan=np.inf), 1e-3)


def _greys(depth: np.ndarray, nearest: float) -> np.ndarray:
    """RGB of depths (time, y, x): white is the nearest there is, black infinitely far; in between by nearness."""
    grey = (255 * np.minimum(_nearness(depth) / nearest, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)

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

from bcb.render.floor import GRID, draw_cell
from bcb.render.panels import MAX_PIXELS, framed
from bcb.render.scene_colors import depth_greys, nearest, object_colors, slot_colors
from bcb.render.slots import joined
from bcb.render.style import TARGET, TEXT


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

    def legend(self, camera: Mapping[str, Any]) -> str:
        """What the colours mean; empty where they need no word."""
        slots = "slots: the colour of the matched object, black for background, others for no object"
        cells = "the snitch's cell: true in pink, predicted in white"
        given = {slots: self.slot_map is not None, cells: self.cell is not None and "position" in camera}
        return "; ".join(text for text, shown in given.items() if shown)


def scene_panels(
    episode: Mapping[str, np.ndarray],
    camera: Mapping[str, Any],
    frames: Sequence[int],
    scale: int,
    overlay: bool = True,
    *,
    across: bool,
    drawn: Drawn | None = None,
    names: Sequence[str] = (),
) -> list[Image.Image]:
    """RGB images of one size, one for each of the frames.

    episode: its arrays by name.   camera: as a store's attributes have it.   scale: picture pixels per image pixel.
    overlay: with captions, and around the snitch's cell, in white around the cell that a model says.
    across: whether a frame's images lie side by side.   drawn: what stands beside the truth, of as many frames.
    names: what captions call the objects; by their numbers where there are none.
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
            said = drawn.cell if drawn and last else None
            if true:
                _draw_cells(picture, episode, camera, t, said)
            caption = _caption(episode, t, said, names) if true else name
            asked = true and last and "cell" in episode
            shown.append(framed(picture, caption, [], TARGET if asked else None))
        pages.append(joined(shown, across))
    return pages


def _videos(episode: Mapping[str, np.ndarray], drawn: Drawn, depth: bool) -> dict[str, np.ndarray]:
    """What is shown of every frame, in this order: name → uint8 (time, y, x, rgb). depth: also how far it is."""
    videos, depths = {"rgb": episode["rgb"]}, {}
    if "segmentation" in episode:
        videos["objects"] = object_colors(episode["segmentation"])
    if drawn.rgb is not None:
        videos["drawn"] = drawn.rgb
    if drawn.slot_map is not None:
        videos["slots"] = slot_colors(drawn.slot_map, episode.get("segmentation"))
    if depth and "depth" in episode:
        depths["depth"] = episode["depth"]
    if drawn.depth is not None:
        depths["depth as drawn"] = drawn.depth
    for name, metres in depths.items():
        videos[name] = depth_greys(metres, nearest(next(iter(depths.values()))))
    return videos


def _draw_cells(picture: Image.Image, episode: Mapping, camera: Mapping, t: int, said: int | None) -> None:
    """Around the cells that the snitch is said to be in, and is in: where the camera stands must be known."""
    for cell, color in ((said, TEXT), (_cell(episode, t), TARGET)):
        if cell is not None and "position" in camera:
            draw_cell(picture, cell, camera, color)


def object_names(episode: Mapping[str, np.ndarray], attributes: Mapping[str, Any]) -> list[str]:
    """What captions call every object, as "brown cone", by an episode's arrays and its store's attributes; none where
    these don't say."""
    shapes, colors = list(attributes.get("shapes", ())), list(attributes.get("colors", ()))
    if not shapes or not colors or not episode.keys() >= {"shape", "color"}:
        return []
    pairs = zip(episode["color"].tolist(), episode["shape"].tolist(), strict=True)
    return [f"{colors[c]} {shapes[s]}" if c < len(colors) and s < len(shapes) else "" for c, s in pairs]


def _caption(episode: Mapping[str, np.ndarray], t: int, said: int | None, names: Sequence[str] = ()) -> str:
    """The frame's number from 1 on, and where the snitch is, or where it is and is said to be."""
    number, cell = str(t + 1), _cell(episode, t)
    if said is not None:
        truth = "" if cell is None else ", right" if cell == said else f", true {cell}"
        return f"{number}: predicted cell {said}{truth}"
    caption = number if cell is None else f"{number}: cell {cell}"
    if "covered_by" in episode and episode["covered_by"][t] >= 0:
        over = int(episode["covered_by"][t])
        caption += f", under the {names[over]}" if over < len(names) else f", under object {over}"
    return caption


def _cell(episode: Mapping[str, np.ndarray], t: int) -> int | None:
    """The snitch's; None where nothing tells (255 in an imported set)."""
    cell = int(episode["cell"][t]) if "cell" in episode else GRID**2
    return cell if cell < GRID**2 else None

"""A scene as panels: each frame's picture, its masks in the colours of slots, and its depth in grey.

What an episode lacks (of an imported set, say) is left out.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.panels import MAX_PIXELS, framed
from bcb.render.slots import COLORS, joined
from bcb.render.style import TARGET, Color

GRID = 6  # cells a side, each of a metre, around the middle
BACKGROUND: Color = (0, 0, 0)
MASKS = (BACKGROUND, *COLORS, *(tuple(channel // 2 for channel in color) for color in COLORS))


def scene_panels(
    episode: Mapping[str, np.ndarray],
    camera: Mapping[str, Any],
    frames: Sequence[int],
    scale: int,
    overlay: bool = True,
    *,
    across: bool,
) -> list[Image.Image]:
    """RGB images of one size, one for each of the frames.

    episode: its arrays by name.   camera: as a store's attributes have it.   scale: picture pixels per image pixel.
    overlay: with captions, and around the snitch's cell.   across: whether a frame's images lie side by side.
    Raises ValueError when they would be too large to be of use.
    """
    parts = [name for name in ("rgb", "segmentation", "depth") if name in episode]
    side = episode["rgb"].shape[2] * scale
    if side * side * len(parts) * len(frames) > MAX_PIXELS:
        raise ValueError(
            f"{len(frames)} frames of {len(parts)} pictures of {side}×{side} pixels are too large a picture; "
            "choose a smaller --scale"
        )
    grey = _greys(episode["depth"]) if "depth" in episode else None
    drawn = []
    for t in frames:
        picture = _enlarged(episode["rgb"][t], scale)
        if overlay and "cell" in episode and "position" in camera:
            _draw_cell(picture, int(episode["cell"][t]), camera)
        trio = [(picture, _caption(episode, t), TARGET if t == len(episode["rgb"]) - 1 else None)]
        if "segmentation" in episode:
            masks = np.array(MASKS, np.uint8)[_in_turn(episode["segmentation"][t])]
            trio.append((_enlarged(masks, scale), "objects", None))
        if grey is not None:
            trio.append((_enlarged(grey[t], scale), "depth", None))
        shown = [framed(image, said, [], color) if overlay else image for image, said, color in trio]
        drawn.append(joined(shown, across))
    return drawn


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


def _greys(depth: np.ndarray) -> np.ndarray:
    """RGB of depths (time, y, x): white is the nearest of the episode, black infinitely far; in between by nearness."""
    near = 1 / np.maximum(np.nan_to_num(depth.astype(np.float64), nan=np.inf), 1e-3)
    return np.repeat((255 * near / near.max()).astype(np.uint8)[..., None], 3, axis=-1)


def _enlarged(rgb: np.ndarray, scale: int) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(rgb.repeat(scale, axis=0).repeat(scale, axis=1)))


def _draw_cell(image: Image.Image, cell: int, camera: Mapping[str, Any]) -> None:
    """Outline a cell of the grid on the floor."""
    seen = [on_picture(corner, camera, image.width) for corner in cell_corners(cell)]
    if all(point is not None for point in seen):
        width = max(1, image.width // 150)
        ImageDraw.Draw(image).polygon([point for point in seen if point], outline=TARGET, width=width)


def cell_corners(cell: int) -> list[tuple[float, float, float]]:
    """The corners of a cell on the floor, metres, one after the other."""
    row, column = divmod(cell, GRID)
    x, y = column - GRID / 2, row - GRID / 2
    return [(x, y, 0.0), (x + 1, y, 0.0), (x + 1, y + 1, 0.0), (x, y + 1, 0.0)]


def on_picture(point: Sequence[float], camera: Mapping[str, Any], side: int) -> tuple[float, float] | None:
    """Where a point of the world is on a picture of this side, pixels; None behind the camera."""
    eye = np.array(camera["position"], np.float64)
    forward = np.array(camera["target"], np.float64) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    offset = np.array(point) - eye
    far = offset @ forward
    if far <= 0:
        return None
    half = math.tan(math.radians(camera["fovy"]) / 2) * far
    return float(side / 2 * (1 + offset @ right / half)), float(side / 2 * (1 - offset @ up / half))

"""Slot maps as panels: every frame that a model predicts as it is, as predicted, and in the colours of the slots."""

import numpy as np
from PIL import Image

from bcb.render.chips import Chip
from bcb.render.panels import Look, check_size, framed, number_balls
from bcb.render.style import PAGE, TARGET, TEXT, Color, enlarge
from generators.episode import Episode, targets
from generators.palette import BACKGROUND
from generators.spec import Spec

# Searched for distance: any two are at least 22 CIEDE2000 apart, for normal vision and for the colour blindness that
# `generators.palette` names, and 19 in normal vision from what a ball is painted in: no slot looks like a colour.
COLORS: tuple[Color, ...] = (
    (192, 0, 255),
    (96, 255, 0),
    (255, 192, 192),
    (128, 128, 128),
    (192, 192, 255),
    (32, 160, 0),
    (0, 64, 96),
    (96, 64, 32),
)
DIMMED = 0.35  # how bright a slot is where the model paints background
APART = 4  # pixels between the images of a frame


def slot_panels(
    episode: Episode, spec: Spec, look: Look, predicted: np.ndarray, slot_map: np.ndarray, slots: int, *, across: bool
) -> list[Image.Image]:
    """RGB images of one size, one for each of frames 2 … T: the truth, the prediction and the slot map of it.

    predicted: palette classes, slot_map: slots of each pixel, both uint8 (time, y, x), time = T − 1.
    across: whether the three lie side by side (for an animation) or one below the other.
    Raises ValueError for more slots than there are colours, or when the images would be too large to be of use.
    """
    if slots > len(COLORS):
        raise ValueError(f"the model has {slots} slots; they can be drawn in {len(COLORS)} colours at most")
    check_size(spec, look, 3 * len(episode.frames))
    shades = spec.palette
    legend = [Chip(color) for color in COLORS[:slots]]
    drawn = []
    for t, classes in enumerate(targets(episode)):
        true = enlarge(classes, shades, look.scale)
        if look.overlay:
            number_balls(true, episode, t + 1, look.scale)
        last = t == len(episode.frames) - 1
        answers = [Chip(tuple(color)) for color in shades[episode.answer[t]].tolist()]
        trio = (
            (true, "target" if last else str(t + 2), answers, TARGET if last else None),
            (enlarge(predicted[t], shades, look.scale), "predicted", [], TEXT if last else None),
            (_in_slot_colors(slot_map[t], predicted[t], look.scale), "slots", legend, None),
        )
        drawn.append(joined([framed(*part) if look.overlay else part[0] for part in trio], across))
    return drawn


def _in_slot_colors(slot_map: np.ndarray, predicted: np.ndarray, scale: int) -> Image.Image:
    """Each pixel in its slot's colour, dimmed where the model paints background."""
    bright = np.array(COLORS, dtype=np.uint8)
    shades = np.concatenate([bright, (bright * DIMMED).astype(np.uint8)])
    return enlarge(np.where(predicted == BACKGROUND, slot_map + len(COLORS), slot_map), shades, scale)


def joined(images: list[Image.Image], across: bool) -> Image.Image:
    """Images of one size, side by side or one below the other."""
    wide, high = images[0].size
    right, down = (wide + APART, 0) if across else (0, high + APART)
    others = len(images) - 1
    page = Image.new("RGB", (wide + others * right, high + others * down), PAGE)
    for i, image in enumerate(images):
        page.paste(image, (i * right, i * down))
    return page

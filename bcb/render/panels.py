"""An episode as panels: one image for each context frame, then the target, then what was predicted."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.chips import Chip, draw_chips
from bcb.render.marks import grid, numbers, ring
from bcb.render.style import DIM, EDGE, PAGE, TARGET, TEXT, Color, enlarge, text_width, write
from generators.episode import Episode
from generators.palette import BACKGROUND
from generators.spec import Spec

MAX_PIXELS = 150_000_000  # of all the panels of an episode: half a gigabyte


@dataclass(frozen=True)
class Look:
    """How to draw: enlargement, with or without the overlay, with or without the lines between patches."""

    scale: int
    overlay: bool = True
    patches: bool = False


@dataclass(frozen=True, eq=False)
class Predicted:
    """What a model says: image, uint8 (y, x), and the colour it so gives each ball, int (ball,); −1 for one unseen."""

    image: np.ndarray
    colors: np.ndarray


def panels(episode: Episode, spec: Spec, look: Look, predicted: Predicted | None = None) -> list[Image.Image]:
    """RGB images of one size: context frames in order, the target, and the prediction if there is one.

    Raises ValueError when they would be too large to be of use.
    """
    check_size(spec, look, len(episode.frames) + 2)
    rgb = [tuple(color) for color in spec.palette.tolist()]
    drawn = []
    for t, frame in enumerate(episode.frames):
        chips = [Chip(rgb[c]) for c in episode.answer[t]]
        drawn.append(_panel(episode, spec, look, frame, t, str(t + 1), chips, None))
    last, answer = len(episode.frames), episode.answer[-1]
    chips = [Chip(rgb[c]) for c in answer]
    drawn.append(_panel(episode, spec, look, episode.target, last, "target", chips, TARGET))
    if predicted is not None:
        says = predicted.colors
        chips = [Chip(rgb[max(c, BACKGROUND)], wrong=c not in (a, -1)) for a, c in zip(answer, says, strict=True)]
        drawn.append(_panel(episode, spec, look, predicted.image, last, "predicted", chips, TEXT))
    return drawn


def check_size(spec: Spec, look: Look, count: int) -> None:
    """Raise ValueError where so many panels would be too large to be of use."""
    side = spec.world.size * look.scale
    if side * side * count > MAX_PIXELS:
        raise ValueError(f"{count} frames of {side}×{side} pixels are too large a picture; choose a smaller --scale")


def _panel(
    episode: Episode,
    spec: Spec,
    look: Look,
    classes: np.ndarray,
    t: int,
    caption: str,
    chips: list[Chip],
    accent: Color | None,
) -> Image.Image:
    """One frame; with the overlay, in a border, and its caption and chips below it."""
    image = enlarge(classes, spec.palette, look.scale)
    if look.patches:
        image = grid(image, spec.patches_per_side)
    if not look.overlay:
        return image
    if t < len(episode.frames) and episode.blink_ball[t] >= 0:
        ball = episode.blink_ball[t]
        image = ring(image, episode.position[t, ball] * look.scale, float(episode.radius[ball]) * look.scale, TEXT)
    number_balls(image, episode, t, look.scale)
    return framed(image, caption, chips, accent)


def number_balls(image: Image.Image, episode: Episode, t: int, scale: int) -> None:
    """Write each ball's index beside it; in small panels they would be noise."""
    if image.width >= 96:
        numbers(image, episode.position[t] * scale, episode.radius * scale, letter_size(image.width))


def letter_size(width: int) -> int:
    """Letters that suit a panel of this width."""
    return int(np.clip(width // 15, 9, 18))


def framed(image: Image.Image, caption: str, chips: list[Chip], accent: Color | None) -> Image.Image:
    """The image in a border (of the accent's colour, if any), and its caption and chips below it."""
    letters = letter_size(image.width)
    border, foot = 3, letters * 2
    panel = Image.new("RGB", (image.width + 2 * border, image.height + 2 * border + foot), PAGE)
    draw = ImageDraw.Draw(panel)
    far = image.width + 2 * border - 1
    if accent:
        draw.rectangle((0, 0, far, far), fill=accent)
    else:
        draw.rectangle((2, 2, far - 2, far - 2), fill=EDGE)
    panel.paste(image, (border, border))
    middle = image.height + 2 * border + foot / 2
    write(draw, (border, middle), caption, letters, accent or DIM)
    draw_chips(draw, chips, text_width(caption, letters) + 3 * border, panel.width - border, middle, letters)
    return panel

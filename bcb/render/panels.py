"""An episode as panels: one image for each context frame, then the target, then what was predicted."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.marks import grid, numbers, ring
from bcb.render.style import DIM, EDGE, PAGE, TARGET, TEXT, Color, enlarge, ink_on, text_width, write
from generators.episode import Episode
from generators.palette import palette
from generators.spec import Spec


@dataclass(frozen=True)
class Look:
    """How to draw: enlargement, with or without the overlay, with or without the lines between patches."""

    scale: int
    overlay: bool = True
    patches: bool = False


def panels(episode: Episode, spec: Spec, look: Look, predicted: np.ndarray | None = None) -> list[Image.Image]:
    """RGB images of one size: context frames in order, the target, and the prediction if there is one.

    predicted: palette classes, uint8 (y, x).
    """
    frames = len(episode.frames)
    drawn = [_context(episode, spec, look, t) for t in range(frames)]
    drawn.append(_panel(episode, spec, look, episode.target, frames, "target", TARGET))
    if predicted is not None:
        drawn.append(_panel(episode, spec, look, predicted, frames, "predicted", TEXT))
    return drawn


def _context(episode: Episode, spec: Spec, look: Look, t: int) -> Image.Image:
    return _panel(episode, spec, look, episode.frames[t], t, str(t + 1), None)


def _panel(
    episode: Episode, spec: Spec, look: Look, classes: np.ndarray, t: int, caption: str, accent: Color | None
) -> Image.Image:
    """One frame in its border; with the overlay, its caption and the answers so far stand below it."""
    colors = palette(spec.colors)
    image = enlarge(classes, colors, look.scale)
    if look.patches:
        image = grid(image, spec.patches_per_side)
    if not look.overlay:
        return image
    letters = letter_size(image.width)
    if t < len(episode.frames) and episode.blink_ball[t] >= 0:
        ball = episode.blink_ball[t]
        image = ring(image, episode.position[t, ball] * look.scale, float(episode.radius[ball]) * look.scale, TEXT)
    if image.width >= 96:  # in smaller panels numbers are noise
        numbers(image, episode.position[t] * look.scale, episode.radius * look.scale, letters)
    answers = episode.answer[min(t, len(episode.answer) - 1)]
    chips = [tuple(colors[c].tolist()) for c in answers]
    return _framed(image, caption, chips if caption != "predicted" else [], accent, letters)


def letter_size(width: int) -> int:
    """Letters that suit a panel of this width."""
    return int(np.clip(width // 15, 9, 18))


def _framed(image: Image.Image, caption: str, chips: list, accent: Color | None, letters: int) -> Image.Image:
    border, foot = 3, letters * 2
    panel = Image.new("RGB", (image.width + 2 * border, image.height + 2 * border + foot), PAGE)
    draw = ImageDraw.Draw(panel)
    edge = (0, 0, image.width + 2 * border - 1, image.height + 2 * border - 1)
    if accent:
        draw.rectangle(edge, fill=accent)
    else:
        draw.rectangle((2, 2, edge[2] - 2, edge[3] - 2), fill=EDGE)
    panel.paste(image, (border, border))
    middle = image.height + 2 * border + foot / 2
    write(draw, (border, middle), caption, letters, accent or DIM)
    _chips(draw, chips, panel.width - border, middle, letters, text_width(caption, letters) + 2 * border)
    return panel


def _chips(draw: ImageDraw.ImageDraw, colors: list, right: float, middle: float, letters: int, left: float) -> None:
    """Small marks in the balls' answers, ball 0 first, ending at `right`; narrower where there is little room."""
    if not colors:
        return
    pitch = min(letters * 1.55, (right - left) / len(colors))
    side = min(letters * 1.35, pitch - 2)
    for ball, color in enumerate(colors):
        x = right - pitch * (len(colors) - ball) + pitch - side
        box = (x, middle - side / 2, x + side, middle + side / 2)
        draw.rounded_rectangle(box, radius=side / 4, fill=color)
        if side >= 10:
            write(draw, (x + side / 2, middle), str(ball), round(letters * 0.85), ink_on(color), "mm")

"""The patchified view: the patches of every frame in the order in which a model sees them."""

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.style import DIM, EDGE, PAGE, enlarge, text_width, write
from generators.episode import Episode
from generators.palette import palette
from generators.spec import Spec

WANTED = 26  # pixels that a patch should measure to be seen


def sequence(episode: Episode, spec: Spec, width: int, letters: int) -> Image.Image:
    """The L steps, row by row, each row within one frame and named by its steps. RGB, `width` pixels wide."""
    side = spec.world.size // spec.patches_per_side
    per_frame = spec.patches_per_side**2
    label = text_width(f"{spec.length}–{spec.length} ", letters)
    room = width - label
    scale = max(1, round(WANTED / side))
    while scale > 1 and per_frame * (side * scale + 3) > room and side * scale > WANTED // 2:
        scale -= 1
    patch, gap = side * scale + 2, 2
    per_row = min(per_frame, max(1, int(room // (patch + gap))))
    if per_row < per_frame:  # whole rows of patches, so that the order can be followed
        per_row = max(1, per_row // spec.patches_per_side) * spec.patches_per_side
    rows = [(t, first) for t in range(len(episode.frames)) for first in range(0, per_frame, per_row)]
    line = max(patch, letters + 2) + gap
    between = letters // 2  # a little air between frames
    head = letters * 2
    height = head + len(rows) * line + (len(episode.frames) - 1) * between
    image = Image.new("RGB", (width, height), PAGE)
    draw = ImageDraw.Draw(image)
    write(draw, (0, letters * 0.6), f"the {spec.length} steps a model sees", letters, DIM)
    for row, (t, first) in enumerate(rows):
        top = head + row * line + t * between
        last = min(first + per_row, per_frame)
        step = t * per_frame + first + 1
        name = f"{step}–{step + last - first - 1}" if last - first > 1 else f"{step}"
        write(draw, (label - letters / 2, top + patch / 2), name, letters, DIM, "rm")
        for k, classes in enumerate(_patches(episode.frames[t], side)[first:last]):
            x = round(label) + k * (patch + gap)
            draw.rectangle((x, top, x + patch - 1, top + patch - 1), fill=EDGE)
            image.paste(enlarge(classes, palette(spec.colors), scale), (x + 1, top + 1))
    return image


def _patches(frame: np.ndarray, side: int) -> np.ndarray:
    """(y, x) → (step, side, side), row by row (PAPER §1)."""
    per_side = len(frame) // side
    return frame.reshape(per_side, side, per_side, side).swapaxes(1, 2).reshape(-1, side, side)

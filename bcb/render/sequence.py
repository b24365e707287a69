"""The patchified view: the patches of every frame in the order in which a model sees them."""

import numpy as np
from PIL import Image, ImageDraw

from bcb.render.style import DIM, EDGE, PAGE, enlarge, text_width, write
from generators.episode import Episode
from generators.spec import Spec

WANTED = 28  # pixels that a patch should measure to be seen
GAP = 2


def sequence(episode: Episode, spec: Spec, width: int, letters: int) -> Image.Image:
    """The L steps, row by row, each row within one frame and named by its steps. RGB, `width` pixels wide."""
    side = spec.world.size // spec.patches_per_side
    per_frame = spec.patches_per_side**2
    label = text_width(f"{spec.length}-{spec.length}", letters) + letters
    per_row, scale = _layout(spec.patches_per_side, side, width - label)
    patch = side * scale + 2
    rows = [(t, first) for t in range(len(episode.frames)) for first in range(0, per_frame, per_row)]
    line = max(patch, letters + 2) + GAP
    between = letters  # a little air between frames
    head = letters * 2
    height = head + len(rows) * line + (len(episode.frames) - 1) * between
    image = Image.new("RGB", (width, height), PAGE)
    draw = ImageDraw.Draw(image)
    write(draw, (0, letters * 0.6), f"the {spec.length} steps a model sees", letters, DIM)
    for row, (t, first) in enumerate(rows):
        top = head + row * line + t * between
        step = t * per_frame + first + 1
        name = f"{step}-{step + per_row - 1}" if per_row > 1 else f"{step}"
        write(draw, (label - letters * 0.7, top + patch / 2), name, letters, DIM, "rm")
        for k, classes in enumerate(_patches(episode.frames[t], side)[first : first + per_row]):
            x = round(label) + k * (patch + GAP)
            draw.rectangle((x, top, x + patch - 1, top + patch - 1), fill=EDGE)
            image.paste(enlarge(classes, spec.palette, scale), (x + 1, top + 1))
    return image


def _layout(patches_per_side: int, side: int, room: float) -> tuple[int, int]:
    """Patches in a row and their enlargement: as few rows a frame as can be with patches twice their size.

    A row holds whole rows of patches, and all rows of a frame as many, so that the order can be followed.
    """
    wanted = max(1, round(WANTED / side))
    for rows in (d for d in range(1, patches_per_side + 1) if patches_per_side % d == 0):
        per_row = patches_per_side**2 // rows
        scale = min(wanted, int((room / per_row - GAP - 2) // side))
        if scale >= min(2, wanted):
            return per_row, scale
    return patches_per_side, 1


def _patches(frame: np.ndarray, side: int) -> np.ndarray:
    """(y, x) → (step, side, side), row by row (PAPER §1)."""
    per_side = len(frame) // side
    return frame.reshape(per_side, side, per_side, side).swapaxes(1, 2).reshape(-1, side, side)

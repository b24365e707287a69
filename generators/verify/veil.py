"""Bars and noise over the context frames, as one who knows but the spec's words can check them."""

import math

import numpy as np

BACKGROUND, WHITE = 0, 1


def barred(image: np.ndarray, bars: tuple[tuple[int, int], ...]) -> np.ndarray:
    """The image (y, x) with nothing but background in the columns of the bars."""
    column = np.arange(image.shape[1])
    hidden = np.zeros(len(column), dtype=bool)
    for left, right in bars:
        hidden |= (left <= column) & (column < right)
    return np.where(hidden[None, :], BACKGROUND, image)


def unlike(frame: np.ndarray, image: np.ndarray, noise: float) -> bool:
    """Does a frame (y, x) differ from its image by more than noise of this probability, salt and pepper, explains?

    In more pixels than chance makes once in a billion frames (six standard deviations, and some for small images).
    """
    wrong = frame != image
    explained = (frame == BACKGROUND) | (frame == WHITE)
    most = noise * frame.size + 6 * math.sqrt(noise * frame.size) + 10 if noise else 0
    return bool((wrong & ~explained).any() or wrong.sum() > most)

"""Readers with any common form of colour blindness tell the classes apart: measured on published simulations.

Viénot, Brettel, Mollon 1999 and Machado, Oliveira, Fernandes 2009 (severity 1) as matrices on linear RGB;
the distance is CIEDE2000 (Sharma, Wu, Dalal 2005). About 2 is just noticeable side by side, 10 is plain.
"""

import itertools

import numpy as np
import pytest

from generators.palette import BACKGROUND, FIRST_COLOR, MAX_COLORS, NAMES, RGB, WHITE, palette

VISION = {
    "normal": np.eye(3),
    "protanopia, Machado": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia, Machado": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia, Machado": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "protanopia, Viénot": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
    "deuteranopia, Viénot": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
}


def seen(rgb, vision: str) -> np.ndarray:
    """CIELAB (D65) of sRGB colours as that reader sees them."""
    c = np.asarray(rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    xyz = linear @ to_xyz.T / (0.95047, 1, 1.08883)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def ciede2000(lab1, lab2) -> float:
    (l1, a1, b1), (l2, a2, b2) = lab1, lab2
    c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 1 + 0.5 * (1 - np.sqrt(c7 / (c7 + 25**7)))
    c1, c2 = np.hypot(g * a1, b1), np.hypot(g * a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, g * a1)) % 360, np.degrees(np.arctan2(b2, g * a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    l, c = (l1 + l2) / 2, (c1 + c2) / 2  # noqa: E741
    t = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )
    sl = 1 + 0.015 * (l - 50) ** 2 / np.sqrt(20 + (l - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rt = -2 * np.sqrt(c**7 / (c**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2))))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


def nearest(rgb, vision: str) -> float:
    return min(ciede2000(a, b) for a, b in itertools.combinations(seen(rgb, vision), 2))


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [  # from Sharma, Wu and Dalal's table
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
        ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ],
)
def test_the_measure_gives_published_distances(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


def test_the_simulation_confuses_what_it_should():
    red_and_green = [(0, 0, 0), (255, 255, 255), (200, 60, 0), (120, 110, 0)]
    assert nearest(red_and_green, "deuteranopia, Viénot") < 10 < nearest(red_and_green, "normal")


@pytest.mark.parametrize("vision", VISION)
def test_all_readers_tell_the_classes_apart(vision):
    assert nearest(palette(5), vision) > 24
    assert nearest(palette(MAX_COLORS), vision) > 17


def test_classes():
    assert (BACKGROUND, WHITE, FIRST_COLOR) == (0, 1, 2)
    assert RGB[BACKGROUND] == (0, 0, 0)
    assert RGB[WHITE] == (255, 255, 255)
    assert len(set(NAMES)) == len(NAMES) == len(RGB) == FIRST_COLOR + MAX_COLORS


@pytest.mark.parametrize("colors", range(MAX_COLORS + 1))
def test_fewer_colours_are_the_first_of_more(colors):
    assert palette(colors).dtype == np.uint8
    np.testing.assert_array_equal(palette(colors), RGB[: 2 + colors])


@pytest.mark.parametrize("colors", [-1, MAX_COLORS + 1])
def test_the_palette_ends(colors):
    with pytest.raises(ValueError, match="palette has 0 to"):
        palette(colors)

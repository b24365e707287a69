"""`bcb view`: pictures of the right episode, in hard-edged pixels."""

import numpy as np
import pytest
from PIL import Image

from generators.palette import palette
from generators.store import StoreReader


def shrunk(image: Image.Image, left: int, top: int, size: int, scale: int) -> np.ndarray:
    """RGB (y, x) of a frame in a picture, after checking that every pixel of it is one hard-edged square."""
    frame = np.asarray(image.convert("RGB"))[top : top + size * scale, left : left + size * scale]
    small = frame[::scale, ::scale]
    np.testing.assert_array_equal(small.repeat(scale, 0).repeat(scale, 1), frame)
    return small


def places(image: Image.Image, side: int) -> list[tuple[int, int]]:
    """Left and top of the squares of `side` pixels that are no page: a page has one colour in its corner."""
    pixels = np.asarray(image.convert("RGB"))
    inked = (pixels != pixels[0, 0]).any(axis=-1)
    found = []
    for y in range(1, inked.shape[0]):
        for x in range(1, inked.shape[1]):
            if inked[y, x] and not inked[y - 1, x] and not inked[y, x - 1] and not inked[y - 1, x - 1]:
                assert inked[y : y + side, x : x + side].all()
                found.append((x, y))
    return found


def test_a_plain_sheet_holds_the_frames_and_the_target_to_the_pixel(bcb, things, folder):
    done = bcb("view", things / "store", "--episode", 2, "--no-overlay", "--scale", 3, "-o", "x.png")
    assert (done.code, done.out) == (0, "")
    episode = StoreReader(things / "store", "test").episode(2)
    rgb = palette(5)
    image = Image.open("x.png")
    found = places(image, 16 * 3)
    assert len(found) == 5
    for (left, top), classes in zip(found, [*episode.frames, episode.target], strict=True):
        np.testing.assert_array_equal(shrunk(image, left, top, 16, 3), rgb[classes])
    assert [path.name for path in folder.iterdir()] == ["x.png"]


def test_a_plain_animation_too(bcb, things):
    assert (
        bcb(
            "view", things / "store", "--split", "train", "--episode", 1, "--no-overlay", "--scale", 2, "-o", "x.gif"
        ).code
        == 0
    )
    episode = StoreReader(things / "store", "train").episode(1)
    with Image.open("x.gif") as gif:
        assert gif.n_frames == 5
        durations = []
        for t, classes in enumerate([*episode.frames, episode.target]):
            gif.seek(t)
            durations.append(gif.info["duration"])
            [(left, top)] = places(gif, 32)
            np.testing.assert_array_equal(shrunk(gif, left, top, 16, 2), palette(5)[classes])
    assert durations[-1] > durations[0] > 0


def test_a_prediction_stands_beside_the_target(bcb, things):
    view = ("view", things / "store", "--episode", 4, "--no-overlay", "--scale", 2)
    assert bcb(*view, "--predictions", things / "predictions", "-o", "x.png").code == 0
    image = Image.open("x.png")
    found = places(image, 32)
    assert len(found) == 6
    target, predicted = (shrunk(image, *place, 16, 2) for place in found[-2:])
    np.testing.assert_array_equal(target, predicted)  # `predictions` is perfect
    assert bcb(*view, "--predictions", things / "predictions", "-o", "x.gif").code == 0
    with Image.open("x.gif") as gif:
        assert gif.n_frames == 5
        gif.seek(4)
        assert len(places(gif, 32)) == 2


@pytest.mark.parametrize("suffix", ["png", "gif", "PNG"])
@pytest.mark.parametrize("flags", [[], ["--patches"], ["--patches", "--no-overlay"]])
def test_every_way_of_drawing(bcb, things, folder, suffix, flags):
    done = bcb("view", things / "store", "-o", f"new/x.{suffix}", *flags)
    assert done.code == 0
    assert done.err == f"wrote new/x.{suffix}\n"
    with Image.open(folder / f"new/x.{suffix}") as image:
        image.load()
        assert image.format == suffix.upper()
    assert len(list((folder / "new").iterdir())) == 1


def test_the_overlay_is_more_than_the_frames(bcb, things):
    sizes = []
    for flag in ("--overlay", "--no-overlay"):
        bcb("view", things / "store", "--scale", 8, flag, "-o", "x.png")
        sizes.append(len(np.unique(np.asarray(Image.open("x.png").convert("RGB")).reshape(-1, 3), axis=0)))
    assert sizes[0] > sizes[1]


def test_a_picture_that_is_there_is_replaced(bcb, things, folder):
    (folder / "x.png").write_text("old")
    assert bcb("view", things / "store", "-o", "x.png").code == 0
    Image.open("x.png").load()


def test_a_failed_write_leaves_the_old_picture_and_nothing_else(bcb, things, folder, monkeypatch):
    (folder / "x.png").write_text("old")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", "x.png")

    monkeypatch.setattr(Image.Image, "save", full)
    done = bcb("view", things / "store", "-o", "x.png")
    assert (done.code, done.err) == (2, "Error: x.png: No space left on device\n")
    assert [path.name for path in folder.iterdir()] == ["x.png"]
    assert (folder / "x.png").read_text() == "old"

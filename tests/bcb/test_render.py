"""The drawing: marks that keep off the balls, steps in the order that a model sees, pages of any number of frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bcb.presets import PRESETS
from bcb.render import Look, Predicted, animation, contact_sheet, marks, panels, sheet_scale
from bcb.render.marks import numbers
from bcb.render.sequence import GAP, _layout, _patches
from bcb.render.sheet import _columns
from bcb.render.style import PAGE, TARGET, WRONG, enlarge, ink_on
from generators.episode import make_episode
from generators.palette import palette
from generators.spec import Spec
from generators.worlds import BouncingWorld

SMALL = PRESETS["small"].spec("frequent", 1)


def test_an_enlarged_image_is_the_same_in_squares():
    classes = np.random.default_rng(0).integers(7, size=(5, 5), dtype=np.uint8)
    large = np.asarray(enlarge(classes, palette(5), 4))
    for y in range(20):
        for x in range(20):
            np.testing.assert_array_equal(large[y, x], palette(5)[classes[y // 4, x // 4]])


@pytest.mark.parametrize("index", range(12))
def test_numbers_cover_no_ball(index):
    episode = make_episode(SMALL, "test", index)
    scale = 7
    for t in (0, 5, 10):
        plain = enlarge((episode.target > 0).astype(np.uint8) * 0, palette(5), scale)
        numbers(plain, episode.position[t] * scale, episode.radius * scale, 14)
        y, x = np.nonzero(np.asarray(plain).any(axis=-1))
        assert len(y) > 0
        for centre, radius in zip(episode.position[t] * scale, episode.radius * scale, strict=True):
            depth = radius - np.hypot(x + 0.5 - centre[0], y + 0.5 - centre[1])
            assert depth.max() < scale  # at most a sliver, where balls crowd


@pytest.mark.parametrize("index", range(6))
def test_numbers_cover_no_other_number(index, monkeypatch):
    world = BouncingWorld(balls=6, size=64, radius=(7.0, 7.0))
    episode = make_episode(Spec(world=world), "test", index)
    places = []
    monkeypatch.setattr(marks, "write", lambda draw, at, *more: places.append(at))
    for position in episode.position:
        places.clear()
        numbers(Image.new("RGB", (256, 256)), position * 4, episode.radius * 4, 17)
        apart = np.linalg.norm(np.array(places)[:, None] - np.array(places)[None], axis=-1)
        assert apart[np.triu_indices(6, 1)].min() > 12  # a digit of this size is 9 wide and 12 high


@pytest.mark.parametrize("patches", [1, 2, 4, 8])
def test_patches_are_cut_row_by_row(patches):
    frame = np.arange(32 * 32).reshape(32, 32)
    side = 32 // patches
    cut = _patches(frame, side)
    assert cut.shape == (patches**2, side, side)
    for step in range(patches**2):
        row, column = divmod(step, patches)
        for i in range(side):
            for j in range(side):
                assert cut[step, i, j] == frame[row * side + i, column * side + j]


@given(st.sampled_from([1, 2, 4, 8, 16]), st.integers(1, 64), st.floats(50, 3000))
def test_rows_of_steps_are_even_and_fit(patches, side, room):
    per_row, scale = _layout(patches, side, room)
    assert scale >= 1
    assert per_row % patches == 0
    assert patches**2 % per_row == 0
    if per_row > patches or scale > 1:
        assert per_row * (side * scale + 2 + GAP) <= room


@given(st.integers(1, 2000), st.integers(16, 500), st.integers(16, 500))
def test_columns_hold_every_panel(count, wide, high):
    columns = _columns(count, wide, high)
    assert 1 <= columns <= count


@pytest.mark.parametrize("frames", [1, 2, 5, 11, 30, 100])
@pytest.mark.parametrize("overlay", [True, False])
def test_sheets_of_any_number_of_frames(frames, overlay):
    spec = Spec(context_frames=frames, patches_per_side=2, world=SMALL.world)
    episode = make_episode(spec, "test", 0)
    look = Look(sheet_scale(32, frames + 1), overlay, patches=frames < 6)
    drawn = panels(episode, spec, look)
    assert len(drawn) == frames + 1
    assert len({panel.size for panel in drawn}) == 1
    page = contact_sheet(drawn, episode, spec, look, "title", "subtitle")
    assert page.mode == "RGB"
    assert page.width < 4000
    assert page.getpixel((0, 0)) == page.getpixel((page.width - 1, page.height - 1)) == PAGE


def test_pictures_too_large_are_refused_before_they_are_drawn():
    episode = make_episode(SMALL, "test", 0)
    with pytest.raises(ValueError, match="smaller --scale"):
        panels(episode, SMALL, Look(10_000))


def test_animations_hold_the_last_page_longer_and_pair_it_with_the_prediction():
    episode = make_episode(SMALL, "test", 0)
    predicted = Predicted(episode.target, episode.answer[-1])
    alone, shown = animation(panels(episode, SMALL, Look(2)), False)
    paired, _ = animation(panels(episode, SMALL, Look(2), predicted), True)
    assert len(alone) == len(paired) == len(shown) == 11
    assert shown[-1] > max(shown[:-1])
    assert len({page.size for page in alone}) == len({page.size for page in paired}) == 1
    assert paired[0].width > alone[0].width


def test_the_target_is_framed_and_wrong_answers_are_ringed():
    episode = make_episode(SMALL, "test", 0)
    right = Predicted(episode.target, episode.answer[-1].astype(int))
    wrong = Predicted(episode.target, np.array([0, -1, 1]))
    *context, target, says_right = panels(episode, SMALL, Look(7), right)
    says_wrong = panels(episode, SMALL, Look(7), wrong)[-1]
    assert all(image.getpixel((0, 0)) != TARGET for image in context)
    assert target.getpixel((0, 0)) == TARGET

    def rings(image: Image.Image) -> int:
        return int((np.asarray(image) == WRONG).all(axis=-1).sum())

    assert rings(says_right) == 0
    assert rings(says_wrong) > 0


def test_ink_can_be_read_on_every_colour():
    def light(color):
        channel = np.array(color) / 255
        return np.dot(
            np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4), (0.2126, 0.7152, 0.0722)
        )

    for color in palette(7).tolist():
        bright, dark = sorted((light(color), light(ink_on(tuple(color)))), reverse=True)
        assert (bright + 0.05) / (dark + 0.05) >= 3  # WCAG's contrast for large letters and marks

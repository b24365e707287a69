"""Rule `contagion`: by hand, against the verifier's oracle, and in what is generated."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bcb.presets import PRESETS
from generators.engine import generate
from generators.episode import Episode, make_episode, make_truth
from generators.rules import RULES, Blinks
from generators.rules.contagion import _answers
from generators.source import SpecSource, View
from generators.spec import Spec
from generators.verify import verify
from generators.verify.content import answer_problem, needed
from generators.verify.oracle import coming_to_touch, running_answers
from generators.worlds import BouncingWorld

SPEC = replace(PRESETS["small"].spec("contagion"), context_frames=30)


def told(places, blinks, radius=1.0) -> Blinks:
    """Balls on a line, at `places` [time][ball], and (ball, colour) for each frame, None for no blink."""
    position = np.array([[(x, 0) for x in now] for now in places], np.float32)
    ball, color = zip(*(blink or (-1, 1) for blink in blinks), strict=True)
    sizes = np.full(position.shape[1], radius, np.float32)
    return Blinks(np.array(ball, np.int16), np.array(color, np.uint8), position, sizes)


def answers(blinks: Blinks) -> list[list[int]]:
    assert blinks.radius is not None
    return RULES["contagion"].answers(blinks, len(blinks.radius)).tolist()


def test_balls_that_come_to_touch_trade_colours():
    places = [(0, 9), (2, 7), (3, 6), (2, 7)]  # apart 9, 5, 3, 5; they touch within 2.5
    assert answers(told(places, [(0, 3), (1, 4), None, None]))[-1] == [3, 4]
    places[2] = (3, 5.5)
    assert answers(told(places, [(0, 3), (1, 4), None, None])) == [[3, 1], [3, 4], [4, 3], [4, 3]]


def test_they_trade_once_however_long_they_touch_and_again_when_they_meet_again():
    places = [(0, 9), (0, 2), (0, 2.5), (0, 2), (0, 2.6), (0, 2)]
    run = answers(told(places, [(0, 3), None, None, None, None, None]))
    assert run == [[3, 1], [1, 3], [1, 3], [1, 3], [1, 3], [3, 1]]


def test_no_colour_is_traded_as_any_other_is():
    run = answers(told([(0, 9), (0, 2), (0, 9), (0, 9)], [(0, 3), None, (0, 5), (1, 4)]))
    assert run[1:] == [[1, 3], [5, 3], [5, 3]]  # ball 0 has none after the trade, and so blinks anew


def test_a_blink_in_the_frame_of_a_trade_comes_after_it():
    assert answers(told([(0, 9), (0, 2)], [(0, 3), (0, 4)]))[-1] == [4, 3]
    assert answers(told([(0, 9), (0, 2)], [None, (0, 4)]))[-1] == [4, 1]


def test_who_touches_from_the_start_has_nothing_to_trade_yet():
    assert answers(told([(0, 2), (0, 2)], [(0, 3), (1, 4)])) == [[3, 1], [3, 4]]


@pytest.mark.parametrize(("right", "after"), [(2.25, [4, 5, 3]), (1.75, [5, 3, 4])])
def test_of_several_that_come_to_touch_at_once_the_nearer_trade_first(right, after):
    """Ball 1 comes between the others: at 2 from ball 0, and at `right` from ball 2."""
    places = [(0, 9, 90)] * 3 + [(0, 2, 2 + right)]
    assert answers(told(places, [(0, 3), (1, 4), (2, 5), None]))[-1] == after


def test_near_is_in_units_of_the_radii():
    position = np.array([[(0, 0), (30, 0), (90, 0)], [(0, 0), (3, 0), (9, 0)]], np.float32)
    large = Blinks(np.array([0, 1], np.int16), np.array([3, 4], np.uint8), position, np.float32([1, 2, 3]))
    assert coming_to_touch(position, np.float32([1, 2, 3])) == {1: [(0, 1), (1, 2)]}  # 3 of 3, 6 of 5
    assert answers(large)[-1] == [1, 4, 3]


def test_the_distance_at_which_balls_touch_is_found_to_the_bit():
    just = np.float32(2.5)
    for apart, touch in ((just, True), (np.nextafter(just, np.float32(9)), False)):
        blinks = told([(0, 9), (0, apart)], [(0, 3), None])
        assert (answers(blinks)[-1] == [1, 3]) == touch
        assert blinks.position is not None
        assert blinks.radius is not None
        assert bool(coming_to_touch(blinks.position, blinks.radius)) == touch


# Whole numbers, so that balls meet all the time, several at once, and as near as each other.
@st.composite
def crowded(draw) -> Blinks:
    frames, balls = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    places = hnp.arrays(np.float32, (frames, balls, 2), elements=st.integers(0, 5).map(float))
    ball = draw(hnp.arrays(np.int16, frames, elements=st.integers(-1, balls - 1)))
    color = draw(hnp.arrays(np.uint8, frames, elements=st.integers(2, 4)))
    radius = draw(hnp.arrays(np.float32, balls, elements=st.sampled_from([0.75, 1.0])))
    return Blinks(ball, np.where(ball < 0, 1, color).astype(np.uint8), draw(places), radius)


@settings(max_examples=200, deadline=None)
@given(blinks=crowded())
def test_the_verifier_finds_the_same(blinks):
    balls = len(blinks.radius)
    contacts = coming_to_touch(blinks.position, blinks.radius)
    expected = running_answers("contagion", blinks.ball, blinks.color, balls, contacts)
    np.testing.assert_array_equal(RULES["contagion"].answers(blinks, balls), expected, strict=True)


@settings(max_examples=50, deadline=None)
@given(blinks=crowded())
def test_compiled_or_not_the_answers_are_the_same(blinks):
    plain = _answers(blinks.ball, blinks.color, blinks.position, blinks.radius)
    np.testing.assert_array_equal(RULES["contagion"].answers(blinks, len(blinks.radius)), plain, strict=True)


@settings(max_examples=50, deadline=None)
@given(blinks=crowded(), seed=st.integers(0, 99))
def test_colours_change_hands_and_are_neither_made_nor_lost(blinks, seed):
    """So each ball's is as likely as any other's: what balls have is what all were given first, in another order."""
    run = RULES["contagion"].answers(blinks, len(blinks.radius))
    for t in range(1, len(run)):
        had, has = sorted(run[t - 1].tolist()), sorted(run[t].tolist())
        if had != has:
            had.remove(1)
            had.append(int(blinks.color[t]))
            assert sorted(had) == has


def test_balls_may_be_numbered_in_any_way():
    for index in range(5):
        truth = make_truth(SPEC, "test", index)
        order = np.array([2, 0, 1])
        ball = np.where(truth.blink_ball < 0, -1, np.argsort(order)[truth.blink_ball]).astype(np.int16)
        renumbered = Blinks(ball, truth.blink_color, truth.position[:-1, order], truth.radius[order])
        np.testing.assert_array_equal(RULES["contagion"].answers(renumbered, 3), truth.answer[:, order])


def test_without_a_contact_it_is_earliest():
    blinks = make_truth(SPEC, "test", 0)
    alone = Blinks(blinks.blink_ball, blinks.blink_color)
    expected = RULES["earliest"].answers(alone, 3)
    np.testing.assert_array_equal(RULES["contagion"].answers(alone, 3), expected)


def test_of_the_episodes_of_small_it_changes_many():
    """At least a quarter of the balls after 10 frames, and a half after 30, have another's colour."""
    pairs = [(make_truth(SPEC, "test", i), make_truth(replace(SPEC, rule="earliest"), "test", i)) for i in range(60)]
    for frames, share in ((10, 0.25), (30, 0.45)):
        traded = [a.answer[frames - 1] != b.answer[frames - 1] for a, b in pairs]
        assert np.mean(traded) > share
    for a, b in pairs[:3]:  # and nothing else changes with the rule
        for name in ("position", "velocity", "radius", "mass", "blink_ball", "blink_color"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("knobs", [{}, {"delay": 20}, {"distractor_rate": 0.5}, {"blink_probability": 0.1}])
def test_episodes_are_as_the_verifier_has_it_with_any_knob(knobs):
    spec = replace(SPEC, **knobs, world=replace(SPEC.world, balls=4, mass="random", radius=(2.0, 3.5)))
    for index in range(20):
        truth = make_truth(spec, "val", index)
        arrays = {name: getattr(truth, name) for name in needed(spec)}
        assert answer_problem(spec, **as_asked(arrays)) is None
        wrong = arrays | {"answer": truth.answer + (truth.answer == truth.answer[-1, 0])}
        assert "answer isn't what rule contagion gives" in str(answer_problem(spec, **as_asked(wrong)))


def as_asked(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    names = ("ball", "color", "answer", "position", "radius")
    return dict(zip(names, arrays.values(), strict=True))


def test_colours_change_hands_while_nothing_blinks():
    runs = [make_truth(replace(SPEC, delay=20), "test", index).answer for index in range(20)]
    assert any((run[10:] != run[9]).any() for run in runs)


def test_a_distractor_counts_for_nobody_who_touches():
    spec = replace(SPEC, distractor_rate=0.5)
    for index in range(20):
        assert spec.distractor not in make_truth(spec, "test", index).answer


def test_an_episode_of_fewer_frames_is_the_beginning_of_the_longer_one():
    view = View(SpecSource(SPEC, "test", 5), context_frames=12)
    for index in range(5):
        one, other = view.episode(index), make_episode(replace(SPEC, context_frames=12), "test", index)
        for name in Episode.__dataclass_fields__:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def test_a_thousand_frames_of_ten_balls():
    spec = Spec(rule="contagion", context_frames=1000, world=BouncingWorld(balls=10, size=64, radius=(4.0, 6.0)))
    truth = make_truth(spec, "test", 0)
    contacts = coming_to_touch(truth.position[:-1], truth.radius)
    assert len(contacts) > 500
    expected = running_answers("contagion", truth.blink_ball, truth.blink_color, 10, contacts)
    np.testing.assert_array_equal(truth.answer, expected)


def test_the_page_of_rules_has_them_all_and_its_code_runs(tmp_path, monkeypatch, capsys):
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert rows == list(RULES)
    [block] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    generate(SPEC, tmp_path / "data" / "contagion", {"test": 2}, workers=1)
    monkeypatch.chdir(tmp_path)
    exec(block, {})
    truth = make_truth(SPEC, "test", 0)
    assert capsys.readouterr().out.strip() == str(coming_to_touch(truth.position[:-1], truth.radius)) != "{}"


def test_a_store_whose_answers_heed_no_contact_is_not_sound(tmp_path, monkeypatch):
    generate(SPEC, tmp_path / "good", {"test": 3}, workers=1)
    assert verify(tmp_path / "good") == []
    monkeypatch.setitem(RULES, "contagion", RULES["earliest"])
    generate(SPEC, tmp_path / "bad", {"test": 3}, workers=1)
    monkeypatch.undo()
    said = [problem.what for problem in verify(tmp_path / "bad", samples=0)]
    assert set(said) == {"answer isn't what rule contagion gives for its blinks"}

"""Knobs make the benchmark harder; at their defaults they change nothing, not a bit and not a fingerprint."""

import dataclasses
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bcb.weights
from bcb.presets import PRESETS
from eval.oracle import oracle
from eval.truth import truth_from
from generators.engine import generate
from generators.episode import Episode, make_episode, make_truth, targets
from generators.source import SpecSource, View
from generators.spec import Spec, parse_spec
from generators.store import StoreReader
from generators.verify import verify
from generators.verify.content import answer_problem
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))
PLAIN = Spec(rule="frequent", context_frames=40, colors=3, seed=5, world=WORLD)
ALL = replace(PLAIN, blink_probability=0.6, delay=7, distractor_rate=0.3)
NAMES = [field.name for field in dataclasses.fields(Episode)]

# As they were before there was any knob.
FINGERPRINTS = {
    "small": "3c5970ac6c9917d6f6d472874e1eee39c498da6ba17bd7c48c45443c6dbd8746",
    "small-80": "531b26ee6673c5e143d833fce69b1d9f7c800e6a02f70f09bfb80fd35a6e38f7",
    "paper-80": "93d0ad2075d480e6b76420797f5f59c9b7e5221b50c4e59a0ecf7bf2458f0a70",
    "paper-160": "6bca705e283c6f650c6c10d2ec3afc815b03733bed356a80c4a2336fe3ee146f",
    "paper-320": "92fead300685338c471c4e2b53ca56579a33b2001422c4728adfa8b2454c2ae6",
    "paper-640": "aaa3173441eebc3a4a03becce3a60a728ad96c89c2afd1f91811d1862020c675",
    "paper-1280": "a62f55f701b80d54c43495c288084a8411c1f00ff3692b1c7c852c85ccccdf37",
    "paper-2560": "c337915e96b21e0311409c92df5ff233204379d56ee9582f55f2c4b8c66af8e8",
    "video-small": "f50d00c4d9d2038c6427d84df9b780781363d007a931da4fb027e3b1d1c1f85d",
    "video-paper": "17bff1fc954f6b769cf0d8113ceb2ed9d8f071cc1072a359a75f3c0b4b01cb28",
}


@pytest.mark.parametrize("preset", FINGERPRINTS)
def test_fingerprints_are_what_they_were_before_there_were_knobs(preset):
    spec = PRESETS[preset].spec()
    assert spec.knobs == {}
    assert spec.fingerprint == FINGERPRINTS[preset]


def test_the_data_of_the_bundled_weights_are_what_they_were():
    configs = list(Path(bcb.weights.__file__).parent.glob("*/config.json"))
    assert len(configs) >= 7
    for config in configs:
        data = json.loads(config.read_text())["data"]
        assert parse_spec(data["spec"]).fingerprint == data["fingerprint"]
        assert json.loads(parse_spec(data["spec"]).to_json()) == data["spec"]


@pytest.mark.parametrize(
    ("knob", "value"), [("blink_probability", 0.5), ("delay", 3), ("distractor_rate", 0.25)], ids=str
)
def test_a_knob_counts_once_it_is_turned(knob, value):
    spec = replace(PLAIN, **{knob: value})
    assert spec.knobs == {knob: value}
    assert spec.fingerprint != PLAIN.fingerprint
    assert json.loads(spec.to_json()) == json.loads(PLAIN.to_json()) | {knob: value}
    assert parse_spec(spec.to_json()) == spec
    assert replace(spec, **{knob: getattr(PLAIN, knob)}).fingerprint == PLAIN.fingerprint


WRONG = [
    ({"blink_probability": 0.0}, "blink_probability is 0.0; it must be a number above 0 and at most 1"),
    ({"blink_probability": 1.1}, "blink_probability"),
    ({"blink_probability": float("nan")}, "blink_probability"),
    ({"blink_probability": True}, "blink_probability"),
    ({"blink_probability": "1"}, "blink_probability"),
    ({"delay": -1}, "delay is -1; it must be from 0 to 39"),
    ({"delay": 40}, "delay is 40; it must be from 0 to 39"),
    ({"delay": 1.0}, "whole number"),
    ({"distractor_rate": 1}, "distractor_rate is 1; it must be a number from 0 to below 1"),
    ({"distractor_rate": -0.5}, "distractor_rate"),
    ({"distractor_rate": 0.1, "colors": 7}, "colors must be below 7"),
    ({"rule": "none", "colors": 0, "delay": 2}, "leave delay out"),
    ({"rule": "none", "colors": 0, "blink_probability": 0.5, "distractor_rate": 0.1}, "blink_probability, distractor"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG, ids=str)
def test_what_is_wrong_is_said_in_one_line(fields, says):
    with pytest.raises(ValueError, match=says) as error:
        replace(PLAIN, **fields)
    assert "\n" not in str(error.value)


def test_equal_knobs_have_equal_fingerprints():
    one = replace(PLAIN, blink_probability=np.float64(0.5), delay=np.int64(2), distractor_rate=0.25)
    other = parse_spec({**json.loads(PLAIN.to_json()), "blink_probability": 0.5, "delay": 2, "distractor_rate": 0.25})
    assert (one, one.fingerprint) == (other, other.fingerprint)
    assert replace(PLAIN, blink_probability=1, distractor_rate=-0.0).to_json() == PLAIN.to_json()


def test_a_knob_leaves_alone_what_it_is_not_about():
    for index in range(3):
        plain = make_episode(PLAIN, "val", index)
        for knobs in ({"blink_probability": 0.5}, {"delay": 9}, {"distractor_rate": 0.4}):
            episode = make_episode(replace(PLAIN, **knobs), "val", index)
            for name in ("position", "velocity", "radius", "mass"):
                np.testing.assert_array_equal(getattr(episode, name), getattr(plain, name))
            kept = (episode.blink_ball != -1) & (episode.blink_color != 5)
            np.testing.assert_array_equal(episode.blink_ball[kept], plain.blink_ball[kept])
            np.testing.assert_array_equal(episode.blink_color[kept], plain.blink_color[kept])
            assert 0 < kept.sum() < 40


def test_knobs_do_not_touch_each_other():
    """With all turned, each takes out or recolours just the frames that it does by itself."""
    for index in range(3):
        together = make_episode(ALL, "test", index)
        dark = make_episode(replace(PLAIN, blink_probability=0.6), "test", index).blink_ball == -1
        dark[-7:] = True
        distracted = make_episode(replace(PLAIN, distractor_rate=0.3), "test", index).blink_color == 5
        np.testing.assert_array_equal(together.blink_ball == -1, dark)
        np.testing.assert_array_equal(together.blink_color == 5, distracted & ~dark)


def test_as_many_blinks_as_asked():
    """Binomial: within four standard deviations of 4000 frames."""
    made = [make_truth(replace(PLAIN, blink_probability=0.3, distractor_rate=0.2), "train", k) for k in range(100)]
    lit = np.array([t.blink_ball for t in made]) >= 0
    assert abs(lit.mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 4000)
    distracts = np.array([t.blink_color for t in made])[lit] == 5
    assert abs(distracts.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / lit.sum())
    assert max(t.answer.max() for t in made) == 4  # a distractor's colour is nobody's answer


def test_fewer_blinks_are_some_of_more():
    few, more = (make_truth(replace(PLAIN, blink_probability=p), "val", 1).blink_ball != -1 for p in (0.2, 0.7))
    assert (few <= more).all()
    assert few.sum() < more.sum()


def test_distractors_are_seen_and_not_counted():
    episode = make_episode(replace(PLAIN, distractor_rate=0.5), "val", 0)
    spec = replace(PLAIN, distractor_rate=0.5)
    assert (spec.distractor, spec.classes, PLAIN.distractor, PLAIN.classes) == (5, 6, None, 5)
    assert len(spec.palette) == 6
    t = np.flatnonzero(episode.blink_color == 5)[0]
    assert (episode.frames[t] == 5).any()
    assert not (episode.target == 5).any()
    assert truth_from(SpecSource(spec, "val", 1)).blink_color.max() == 4


def test_the_delay_is_without_a_blink():
    for frames, delay in ((1, 0), (8, 7), (20, 5)):
        episode = make_episode(replace(PLAIN, context_frames=frames, delay=delay), "val", 2)
        assert set(episode.blink_ball[frames - delay :]) <= {-1}
        assert (episode.blink_ball[: frames - delay] >= 0).all()
        assert set(np.unique(episode.frames[frames - delay :])) <= {0, 1}


@pytest.mark.parametrize("frames", [1, 33, 36, 40])
def test_a_view_has_the_episodes_of_its_spec(frames):
    """So the beginning of an episode with a delay has what is left of the delay."""
    view = View(SpecSource(ALL, "val", 2), frames)
    assert view.spec.delay == max(0, frames - 33)
    for index in range(2):
        made = make_episode(view.spec, "val", index)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(view.episode(index), name), getattr(made, name), err_msg=name)


def test_a_store_comes_back_and_verifies(tmp_path):
    generate(ALL, tmp_path / "s", {"val": 3}, workers=1)
    assert verify(tmp_path / "s") == []
    reader = StoreReader(tmp_path / "s", "val")
    assert reader.spec == ALL
    for name in NAMES:
        np.testing.assert_array_equal(getattr(reader.episode(2), name), getattr(make_episode(ALL, "val", 2), name))


def test_the_verifier_knows_the_knobs():
    truth = make_truth(ALL, "val", 0)
    assert answer_problem(ALL, truth.blink_ball, truth.blink_color, truth.answer) is None
    ball, color = truth.blink_ball.copy(), truth.blink_color.copy()
    ball[-1], color[-1] = 0, 5
    assert "last 7" in str(answer_problem(ALL, ball, color, truth.answer))
    counted = np.where(truth.blink_color == 5, 4, truth.blink_color).astype(np.uint8)
    assert "answer" in str(answer_problem(ALL, truth.blink_ball, counted, truth.answer))


@st.composite
def specs(draw) -> Spec:
    """Any combination of knobs."""
    frames = draw(st.integers(1, 12))
    return Spec(
        rule=draw(st.sampled_from(["earliest", "frequent"])),
        context_frames=frames,
        colors=draw(st.integers(1, 6)),
        seed=draw(st.integers(0, 99)),
        world=BouncingWorld(balls=draw(st.integers(2, 4)), size=24, radius=(2.0, 3.0), speed=(0.0, 4.0)),
        blink_probability=draw(st.sampled_from([1.0, 0.9, 0.5, 0.01])),
        delay=draw(st.integers(0, frames - 1)),
        distractor_rate=draw(st.sampled_from([0.0, 0.1, 0.5, 0.99])),
    )


@settings(max_examples=60, deadline=None)
@given(specs(), st.integers(0, 10**6), st.integers(1, 12))
def test_under_any_knobs_the_oracle_is_right_and_beginnings_agree(spec, index, first):
    assert parse_spec(spec.to_json()) == spec
    episode = make_episode(spec, "test", index)
    assert answer_problem(spec, episode.blink_ball, episode.blink_color, episode.answer) is None
    truth = truth_from(SpecSource(spec, "test", index + 1), [index])
    np.testing.assert_array_equal(oracle(truth), truth.target)
    if first <= spec.context_frames:
        short = make_episode(spec.first(first), "test", index)
        np.testing.assert_array_equal(short.frames, episode.frames[:first])
        np.testing.assert_array_equal(short.target, targets(episode)[first - 1])

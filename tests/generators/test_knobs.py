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
from generators.rules import RULES
from generators.source import SpecSource, View
from generators.spec import Spec, parse_spec
from generators.store import StoreReader
from generators.verify import verify
from generators.verify.content import answer_problem, image_problems, needed
from generators.worlds import BouncingWorld

WORLD = BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))
PLAIN = Spec(rule="frequent", context_frames=40, colors=3, seed=5, world=WORLD)
HUDDLED = replace(WORLD, start_room=0.6)
BARS = ((3, 7), (9, 13), (20, 21))
ALL = replace(
    PLAIN, blink_probability=0.6, delay=7, evidence_frames=34, distractor_rate=0.3, bars=BARS, noise=0.05, world=HUDDLED
)
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


def test_recall_is_small_with_the_evidence_at_the_beginning():
    assert PRESETS["recall"].spec().knobs == {"evidence_frames": 10}
    assert replace(PRESETS["recall"].spec(), context_frames=10, evidence_frames=0) == PRESETS["small"].spec("frequent")


def test_the_data_of_the_bundled_weights_are_what_they_were():
    configs = list(Path(bcb.weights.__file__).parent.glob("*/config.json"))
    assert len(configs) >= 7
    for config in configs:
        data = json.loads(config.read_text())["data"]
        assert parse_spec(data["spec"]).fingerprint == data["fingerprint"]
        assert json.loads(parse_spec(data["spec"]).to_json()) == data["spec"]


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("blink_probability", 0.5),
        ("delay", 3),
        ("evidence_frames", 3),
        ("distractor_rate", 0.25),
        ("bars", ((1, 3),)),
        ("noise", 0.1),
    ],
    ids=str,
)
def test_a_knob_counts_once_it_is_turned(knob, value):
    spec = replace(PLAIN, **{knob: value})
    assert spec.knobs == {knob: value}
    assert spec.fingerprint != PLAIN.fingerprint
    assert json.loads(spec.to_json()) == json.loads(PLAIN.to_json()) | {knob: json.loads(json.dumps(value))}
    assert parse_spec(spec.to_json()) == spec
    assert replace(spec, **{knob: getattr(PLAIN, knob)}).fingerprint == PLAIN.fingerprint


def test_a_knob_of_the_world_counts_once_it_is_turned():
    spec = replace(PLAIN, world=HUDDLED)
    assert spec.knobs == {"world.start_room": 0.6}
    assert json.loads(spec.to_json())["world"]["start_room"] == 0.6
    assert "start_room" not in PLAIN.to_json()
    assert parse_spec(spec.to_json()) == spec
    assert spec.fingerprint != PLAIN.fingerprint


WRONG = [
    ({"blink_probability": 0.0}, "blink_probability is 0.0; it must be a number above 0 and at most 1"),
    ({"blink_probability": 1.1}, "blink_probability"),
    ({"blink_probability": float("nan")}, "blink_probability"),
    ({"blink_probability": True}, "blink_probability"),
    ({"blink_probability": "1"}, "blink_probability"),
    ({"delay": -1}, "delay is -1; it must be from 0 to 39"),
    ({"delay": 40}, "delay is 40; it must be from 0 to 39"),
    ({"delay": 1.0}, "whole number"),
    ({"evidence_frames": -1}, "evidence_frames is -1; it must be 0 or more"),
    ({"evidence_frames": 0.5}, "whole number"),
    ({"distractor_rate": 1}, "distractor_rate is 1; it must be a number from 0 to below 1"),
    ({"noise": 10**400}, "it must be a number from 0 to below 1"),
    ({"distractor_rate": -0.5}, "distractor_rate"),
    ({"distractor_rate": 0.1, "colors": 7}, "colors must be below 7"),
    ({"bars": 3}, "bars is 3; it must be pairs"),
    ({"bars": [3, 4]}, "bars has 3; each must be a pair"),
    ({"bars": [[1, 2.5]]}, "whole number"),
    ({"bars": [[2, 2]]}, "bars has .2, 2."),
    ({"bars": [[1, 3], [4, 6]]}, "bars has .4, 6."),
    ({"bars": [[30, 33]]}, "from 0 to 32"),
    ({"bars": [[1, 6]]}, "could hide a ball of radius 3.5; make it at most 4 pixels wide"),
    ({"noise": 1.0}, "noise is 1.0; it must be a number from 0 to below 1"),
    ({"noise": None}, "noise is None"),
    ({"rule": "none", "colors": 0, "noise": 0.1, "bars": [[1, 3]]}, "leave bars, noise out"),
    ({"rule": "none", "colors": 0, "delay": 2}, "leave delay out"),
    ({"rule": "none", "colors": 0, "evidence_frames": 2}, "leave evidence_frames out"),
    ({"rule": "none", "colors": 0, "blink_probability": 0.5, "distractor_rate": 0.1}, "blink_probability, distractor"),
]


@pytest.mark.parametrize(("fields", "says"), WRONG, ids=str)
def test_what_is_wrong_is_said_in_one_line(fields, says):
    with pytest.raises(ValueError, match=says) as error:
        replace(PLAIN, **fields)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("room", [0, 1.5, float("nan"), "half", 0.3])
def test_a_room_that_can_not_be_is_refused_in_one_line(room):
    with pytest.raises(
        ValueError, match=r"start_room is '?(0|1.5|nan|half|0.3)'?(; it must be|, but 3 balls)"
    ) as error:
        replace(WORLD, start_room=room)
    assert "\n" not in str(error.value)


def test_equal_knobs_have_equal_fingerprints():
    one = replace(PLAIN, blink_probability=np.float64(0.5), delay=np.int64(2), bars=[[np.int64(1), 3]])
    other = parse_spec({**json.loads(PLAIN.to_json()), "blink_probability": 0.5, "delay": 2, "bars": [[1, 3]]})
    assert (one, one.fingerprint) == (other, other.fingerprint)
    assert replace(PLAIN, blink_probability=1, distractor_rate=-0.0, bars=[]).to_json() == PLAIN.to_json()


def test_a_knob_leaves_alone_what_it_is_not_about():
    for index in range(3):
        plain = make_episode(PLAIN, "val", index)
        for knobs in ({"blink_probability": 0.5}, {"delay": 9}, {"evidence_frames": 9}, {"distractor_rate": 0.4}):
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
        huddled = make_episode(replace(PLAIN, world=HUDDLED), "test", index)
        np.testing.assert_array_equal(together.position, huddled.position)
        np.testing.assert_array_equal(huddled.blink_color, make_episode(PLAIN, "test", index).blink_color)
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


def test_blinks_are_in_the_evidence_alone_however_long_the_episode():
    for frames in (1, 6, 7, 30):
        episode = make_episode(replace(PLAIN, context_frames=frames, evidence_frames=6), "val", 2)
        assert (episode.blink_ball[:6] >= 0).all()
        assert set(episode.blink_ball[6:]) <= {-1}
        same = make_episode(replace(PLAIN, context_frames=frames, delay=max(0, frames - 6)), "val", 2)
        for name in NAMES:  # an episode knows no other difference between the two knobs
            np.testing.assert_array_equal(getattr(episode, name), getattr(same, name))


def test_a_blink_after_the_evidence_is_found_by_the_oracle():
    spec = replace(PLAIN, evidence_frames=6)
    plain = make_episode(PLAIN, "val", 2)
    said = answer_problem(spec, plain.blink_ball, plain.blink_color, plain.answer)
    assert said == "a ball blinks after the first 6 context frames"


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


def test_bars_hide_their_columns_of_the_context_alone():
    plain, barred = make_episode(PLAIN, "val", 0), make_episode(replace(PLAIN, bars=BARS), "val", 0)
    hidden = np.isin(np.arange(32), [3, 4, 5, 6, 9, 10, 11, 12, 20])
    assert not barred.frames[..., hidden].any()
    np.testing.assert_array_equal(barred.frames[..., ~hidden], plain.frames[..., ~hidden])
    np.testing.assert_array_equal(barred.target, plain.target)


def test_no_bar_hides_a_ball_wherever_it_is():
    """The widest bars for some radii, as close as may be, before a ball at every sixteenth of a pixel."""
    centre = np.arange(32) + 0.5
    for radius in (1.5, 2.0, 2.7, 3.5, 6.0):
        wide = int(1.5 * radius - 1)
        bars = replace(
            PLAIN,
            bars=[(at, at + wide) for at in range(0, 32 - wide, wide + 2)],
            world=replace(WORLD, balls=2, radius=(radius, radius)),
        ).bars
        hidden = np.zeros(32, bool)
        for left, right in bars:
            hidden[left:right] = True
        for x in np.arange(radius, 32 - radius, 1 / 16):
            for y in np.arange(15, 16, 1 / 8):
                disc = (centre[None] - x) ** 2 + (centre[:, None] - y) ** 2 < radius**2
                assert disc[:, ~hidden].any()


def test_noise_is_salt_and_pepper_over_the_context_alone():
    plain, noisy = make_episode(PLAIN, "val", 1), make_episode(replace(PLAIN, noise=0.2), "val", 1)
    np.testing.assert_array_equal(noisy.target, plain.target)
    pixels = plain.frames.size
    for before, after in ((0, 1), (1, 0), (plain.frames.max(), 0)):
        of = plain.frames == before
        assert abs((noisy.frames[of] == after).mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / of.sum())
    changed = noisy.frames != plain.frames
    assert set(np.unique(noisy.frames[changed])) == {0, 1}
    assert 0.1 < changed.sum() / pixels < 0.2
    assert not np.array_equal(changed[0], changed[1])


def test_veiled_frames_are_the_same_in_any_pieces():
    truth = make_truth(ALL, "val", 3)
    whole = truth.frames()
    for start in (0, 1, 17, 38):
        np.testing.assert_array_equal(truth.frames(start, start + 2), whole[start : start + 2])
    np.testing.assert_array_equal(truth.frames(5), whole[5:])


def test_balls_start_in_their_room():
    for index in range(20):
        spec = replace(PLAIN, world=HUDDLED)
        truth = make_truth(spec, "train", index)
        assert (truth.position[0] - truth.radius[:, None] >= 32 * 0.2 - 1e-4).all()
        assert (truth.position[0] + truth.radius[:, None] <= 32 * 0.8 + 1e-4).all()
        plain = make_truth(PLAIN, "train", index)
        np.testing.assert_array_equal(truth.velocity[0], plain.velocity[0])
        np.testing.assert_array_equal(truth.blink_ball, plain.blink_ball)


def test_the_verifier_knows_the_knobs():
    truth = make_truth(ALL, "val", 0)
    assert answer_problem(ALL, truth.blink_ball, truth.blink_color, truth.answer) is None
    ball, color = truth.blink_ball.copy(), truth.blink_color.copy()
    ball[-1], color[-1] = 0, 5
    assert "last 7" in str(answer_problem(ALL, ball, color, truth.answer))
    frames = truth.frames()
    there = {"target": truth.target()} | {
        name: getattr(truth, name) for name in NAMES if name not in ("frames", "target")
    }

    def said(frames: np.ndarray) -> list[str]:
        return list(image_problems(ALL, there, lambda name, start, stop: frames[start:stop]))

    assert said(frames) == []
    assert said(frames[::-1])
    for pixel in ((2, 5, 4), (2, 0, 0)):
        spoilt = frames.copy()
        spoilt[pixel] = 3
        assert said(spoilt) == ["frame 3 isn't what its positions and blink paint"]
    counted = np.where(truth.blink_color == 5, 4, truth.blink_color).astype(np.uint8)
    assert "answer" in str(answer_problem(ALL, truth.blink_ball, counted, truth.answer))


@st.composite
def specs(draw) -> Spec:
    """Any combination of knobs."""
    frames = draw(st.integers(1, 12))
    return Spec(
        rule=draw(st.sampled_from([name for name in RULES if name != "none"])),
        context_frames=frames,
        colors=draw(st.integers(1, 6)),
        seed=draw(st.integers(0, 99)),
        world=BouncingWorld(
            balls=draw(st.integers(2, 4)),
            size=24,
            radius=(2.0, 3.0),
            speed=(0.0, 4.0),
            start_room=draw(st.sampled_from([1.0, 0.8])),
        ),
        blink_probability=draw(st.sampled_from([1.0, 0.9, 0.5, 0.01])),
        delay=draw(st.integers(0, frames - 1)),
        evidence_frames=draw(st.sampled_from([0, 1, 5, 100])),
        distractor_rate=draw(st.sampled_from([0.0, 0.1, 0.5, 0.99])),
        bars=draw(st.sampled_from([(), ((0, 2), (22, 24)), ((5, 6), (8, 10), (12, 14))])),
        noise=draw(st.sampled_from([0.0, 0.01, 0.3])),
    )


@settings(max_examples=60, deadline=None)
@given(specs(), st.integers(0, 10**6), st.integers(1, 12))
def test_under_any_knobs_the_oracle_is_right_and_beginnings_agree(spec, index, first):
    assert parse_spec(spec.to_json()) == spec
    episode = make_episode(spec, "test", index)
    assert answer_problem(spec, *(getattr(episode, name) for name in needed(spec))) is None
    assert not list(image_problems(spec, vars(episode), lambda name, start, stop: getattr(episode, name)[start:stop]))
    truth = truth_from(SpecSource(spec, "test", index + 1), [index])
    np.testing.assert_array_equal(oracle(truth), truth.target)
    if first <= spec.context_frames:
        short = make_episode(spec.first(first), "test", index)
        np.testing.assert_array_equal(short.frames, episode.frames[:first])
        np.testing.assert_array_equal(short.target, targets(episode)[first - 1])

"""Heirs of blinks, and what rests on them: the oracles, the ages and the audit of rule `contagion`."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from eval.age import age_of_balls
from eval.audit import FAIL, Data, audit, facts_from
from eval.heirs import heirs
from eval.memory import windowed_answers
from eval.oracle import oracle
from eval.truth import truth_from
from generators.rules import RULES, Blinks
from generators.source import SpecSource, View
from generators.spec import Spec
from generators.worlds import BouncingWorld

SMALL = BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1.0, 2.0))
SPEC = Spec(rule="contagion", context_frames=16, world=SMALL)


def on_a_line(*places):
    """float32 (time, ball, 2)."""
    return np.array([[(x, 0) for x in now] for now in places], np.float32)


def test_known_heirs():
    ball = np.array([0, 1, -1, 0, 2], np.int16)
    radius = np.ones(3, np.float32)
    apart = on_a_line(*[(0, 9, 90)] * 5)
    assert heirs(apart, radius, ball).tolist() == [0, 1, -1, 0, 2]
    apart[3:, 1, 0] = 2.5  # from the fourth frame on 0 and 1 touch: what was given before changes hands
    assert heirs(apart, radius, ball).tolist() == [1, 0, -1, 0, 2]
    apart[4:, 2, 0] = 5.0  # in the fifth 1 and 2 come to touch
    assert heirs(apart, radius, ball).tolist() == [2, 0, -1, 0, 2]
    assert heirs(apart[1:], radius, ball[1:]).tolist() == [0, -1, 0, 2]  # the beginning is not needed


@settings(max_examples=200, deadline=None)
@given(data=st.data(), frames=st.integers(1, 10), balls=st.integers(1, 4))
def test_the_first_blink_that_a_ball_is_heir_to_is_the_rules_answer(data, frames, balls):
    """Whole numbers, so that balls meet all the time, several at once, and as near as each other."""
    ball = data.draw(hnp.arrays(np.int16, frames, elements=st.integers(-1, balls - 1)))
    color = np.where(ball < 0, 1, 2 + np.arange(frames)).astype(np.uint8)
    position = data.draw(hnp.arrays(np.float32, (frames, balls, 2), elements=st.integers(0, 5).map(float)))
    radius = data.draw(hnp.arrays(np.float32, balls, elements=st.sampled_from([0.75, 1.0])))
    heir = heirs(position, radius, ball)
    first = [next((int(c) for h, c in zip(heir, color, strict=True) if h == b), 1) for b in range(balls)]
    answers = RULES["contagion"].answers(Blinks(ball, color, position, radius), balls)
    assert first == answers[-1].tolist()


def test_the_oracle_draws_the_target_with_every_knob_turned():
    knobs = {"blink_probability": 0.7, "delay": 3, "distractor_rate": 0.3, "bars": ((7, 8),), "noise": 0.05}
    world = replace(SMALL, balls=4, radius=(2.5, 3.5), mass="random", start_room=0.9)
    truth = truth_from(SpecSource(replace(SPEC, world=world, **knobs), "test", 50))
    assert np.array_equal(oracle(truth), truth.target)


def test_a_shorter_view_has_heirs_of_its_own():
    source = SpecSource(SPEC, "test", 30)
    whole, short = truth_from(source), truth_from(View(source, 8))
    assert np.array_equal(oracle(short), short.target)
    assert not np.array_equal(whole.blink_ball[:, :8], short.blink_ball)


def test_the_windowed_oracle_is_the_rule_applied_to_the_last_frames_and_their_tracks():
    source = SpecSource(SPEC, "test", 25)
    windows = windowed_answers(truth_from(source))
    frames = SPEC.context_frames
    changed = 0
    for row in range(25):
        episode = source.episode(row)
        for w in range(1, frames + 1):
            last = slice(frames - w, frames)
            seen = Blinks(episode.blink_ball[last], episode.blink_color[last], episode.position[last], episode.radius)
            assert windows[row, w].tolist() == RULES["contagion"].answers(seen, 3)[-1].tolist()
            alone = RULES["earliest"].answers(Blinks(seen.ball, seen.color), 3)[-1]
            changed += windows[row, w].tolist() != alone.tolist()
    assert changed > 100


def test_the_decisive_blink_is_the_one_whose_colour_the_ball_has_whoever_it_was_of():
    source = SpecSource(SPEC, "test", 40)
    truth = truth_from(source)
    age = age_of_balls(truth)
    others = 0
    for e, ball in np.argwhere(age > 0):
        t = SPEC.context_frames - age[e, ball]
        episode = source.episode(int(e))
        assert episode.blink_color[t] == episode.answer[-1, ball]
        others += episode.blink_ball[t] != ball
        without = episode.blink_ball.copy()
        without[t] = -1  # what nobody blinks, nobody has
        color = np.where(without < 0, 1, episode.blink_color).astype(np.uint8)
        run = RULES["contagion"].answers(Blinks(without, color, episode.position[:-1], episode.radius), 3)
        later = truth_from(OneEpisode(source, int(e), without, color, run))
        assert age_of_balls(later)[0, ball] < age[e, ball]
    assert others > 20


class OneEpisode:
    """A source of one episode of another, with other blinks."""

    def __init__(self, source, index, ball, color, answer):
        self.spec, self.split = source.spec, source.split
        self._episode = replace(source.episode(index), blink_ball=ball, blink_color=color, answer=answer)

    def __len__(self):
        return 1

    def episode(self, index):
        return self._episode


def test_the_audit_finds_who_says_earliest_of_balls_that_trade():
    class Blind(OneEpisode):
        """Answers that no contact changes."""

        def __init__(self, source):
            self.spec, self.split, self._source = source.spec, source.split, source

        def __len__(self):
            return len(self._source)

        def episode(self, index):
            episode = self._source.episode(index)
            blinks = Blinks(episode.blink_ball, episode.blink_color)
            return replace(episode, answer=RULES["earliest"].answers(blinks, 3))

    facts = {split: facts_from(Blind(SpecSource(SPEC, split, 40))) for split in ("train", "test")}
    found = audit(Data({k: v[0] for k, v in facts.items()}, {k: v[1] for k, v in facts.items()}))
    assert any(line.verdict == FAIL for line in found["labels"])

"""The audit passes clean data, and fails every bad dataset by the check that is there for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest

from eval.audit import CHECKS, FAIL, OK, WARNING, Data, Line, audit, facts_from, worst
from eval.audit.line import settled
from generators.episode import Episode
from generators.palette import FIRST_COLOR, WHITE
from generators.raster import rasterize
from generators.rules import RULES, Blinks
from generators.source import Source, SpecSource
from generators.spec import Spec
from generators.worlds import BouncingWorld

SPEC = Spec(rule="frequent", world=BouncingWorld(balls=3, size=16, radius=(2.0, 2.0), speed=(1.0, 2.0)))
SPLITS = ("train", "val", "test")
COUNT = 120


@dataclass(frozen=True)
class Changed:
    """A source with something done to its episodes, under another split's name if given."""

    source: Source
    change: Callable[[int, Episode], Episode] = lambda index, episode: episode
    name: str = ""

    @property
    def spec(self):
        return self.source.spec

    @property
    def split(self):
        return self.name or self.source.split

    def __len__(self):
        return len(self.source)

    def episode(self, index):
        return self.change(index, self.source.episode(index))


def data_of(*sources: Source) -> Data:
    facts = {source.split: facts_from(source) for source in sources}
    return Data({k: v[0] for k, v in facts.items()}, {k: v[1] for k, v in facts.items()})


def changed(change, spec: Spec = SPEC) -> Data:
    return data_of(*(Changed(SpecSource(spec, split, COUNT), change) for split in SPLITS))


def with_blinks(episode: Episode, rule: str, ball, color) -> Episode:
    """The episode with other blinks, and all that follows from them."""
    ball, color = np.asarray(ball, np.int16), np.asarray(color, np.uint8)
    answer = RULES[rule].answers(Blinks(ball, color), len(episode.radius))
    size = episode.target.shape[0]
    painted = np.where(ball[:, None] == np.arange(len(episode.radius)), color[:, None], WHITE).astype(np.uint8)
    return replace(
        episode,
        blink_ball=ball,
        blink_color=color,
        answer=answer,
        frames=rasterize(episode.position[:-1], episode.radius, painted, size),
        target=rasterize(episode.position[-1:], episode.radius, answer[-1:], size)[0],
    )


def failures(data: Data) -> dict[str, list[str]]:
    """The lines that fail, by their check."""
    found = {check: [line.what for line in lines if line.verdict == FAIL] for check, lines in audit(data).items()}
    return {check: lines for check, lines in found.items() if lines}


@pytest.fixture(scope="module")
def clean() -> Data:
    return data_of(*(SpecSource(SPEC, split, COUNT) for split in SPLITS))


@pytest.mark.parametrize("seed", range(3))
def test_clean_data_passes(seed):
    found = audit(data_of(*(SpecSource(replace(SPEC, seed=seed), split, COUNT) for split in SPLITS)))
    assert list(found) == list(CHECKS)
    lines = [line for of_check in found.values() for line in of_check]
    assert worst(lines) == OK, [line for line in lines if line.verdict != OK]
    assert not any(np.isnan(line.value) for line in lines)


@pytest.mark.parametrize("rule", [name for name in RULES if name != "none"])
def test_every_rule_passes_with_every_knob_turned(rule):
    knobs = {"blink_probability": 0.9, "delay": 1, "distractor_rate": 0.1, "bars": ((7, 8),), "noise": 0.05}
    spec = replace(SPEC, rule=rule, seed=1, world=replace(SPEC.world, start_room=0.9), **knobs)
    assert not failures(data_of(*(SpecSource(spec, split, 60) for split in SPLITS)))


@pytest.mark.parametrize("frames", [3, 4])
def test_two_of_three_frames_tell_more_than_two_of_ten_and_it_is_said(frames, clean):
    short = data_of(*(SpecSource(replace(SPEC, context_frames=frames), split, COUNT) for split in SPLITS))
    verdicts = [{line.what.split(" of ")[1]: line for line in audit(d)["last frames"]} for d in (short, clean)]
    assert verdicts[0]["the last 2"].value > verdicts[1]["the last 2"].value
    assert verdicts[0]["the last 2"].verdict == WARNING


def test_shuffled_labels_fail():
    def others_answers(index: int, episode: Episode) -> Episode:
        answer = SpecSource(SPEC, "val", COUNT).episode((index + 1) % COUNT).answer
        target = rasterize(episode.position[-1:], episode.radius, answer[-1:], SPEC.world.size)[0]
        return replace(episode, answer=answer, target=target)

    assert len(failures(changed(others_answers))["labels"]) == 6


def test_one_wrong_pixel_fails():
    def spoilt(index: int, episode: Episode) -> Episode:
        return replace(episode, target=np.ones_like(episode.target) if index == 7 else episode.target)

    found = audit(changed(spoilt))["labels"]
    assert [line.verdict for line in found] == [OK, FAIL] * 3
    assert found[1].value == pytest.approx(1 - 1 / COUNT)


def test_colours_that_depend_on_where_balls_are_at_the_end_fail():
    def by_place(index: int, episode: Episode) -> Episode:
        right, down = (episode.position[-2] > SPEC.world.size / 2).T
        return with_blinks(
            episode, "frequent", episode.blink_ball, FIRST_COLOR + (right + 2 * down)[episode.blink_ball]
        )

    found = failures(changed(by_place))
    assert "colour by its last place: painted balls right" in found["guesses"]
    assert "answers and last place: shared bits" in found["visible"]
    assert "labels" not in found


def test_colours_that_depend_on_the_ball_fail():
    def by_index(index: int, episode: Episode) -> Episode:
        return with_blinks(episode, "frequent", episode.blink_ball, FIRST_COLOR + episode.blink_ball)

    found = failures(changed(by_index))
    assert "colour by the ball's index: painted balls right" in found["guesses"]
    assert "answers and index: shared bits" in found["visible"]


def test_colours_that_depend_on_where_a_ball_blinks_fail():
    def by_place(index: int, episode: Episode) -> Episode:
        at = episode.position[np.arange(SPEC.context_frames), episode.blink_ball, 0]
        return with_blinks(episode, "frequent", episode.blink_ball, FIRST_COLOR + (at > SPEC.world.size / 2))

    assert "a blink's colour and where the ball is: shared bits" in failures(changed(by_place))["balance"]


def test_colours_that_are_not_equally_frequent_fail():
    def four(index: int, episode: Episode) -> Episode:
        return with_blinks(episode, "frequent", episode.blink_ball, np.minimum(episode.blink_color, FIRST_COLOR + 3))

    found = failures(changed(four))
    assert len(found["balance"]) == 3
    assert "the most frequent colour: painted balls right" in found["guesses"]


def test_train_episodes_in_test_fail():
    train = SpecSource(SPEC, "train", COUNT)
    found = failures(data_of(train, Changed(train, name="test")))
    assert [line.split(",")[0].split(" of ")[0] for line in found["leakage"]] == [
        f"of {2 * COUNT} episodes",
        "nearest tracks",
        "tracks",
    ]


def test_one_train_episode_in_test_fails_even_with_its_balls_renumbered():
    train, test = (SpecSource(SPEC, split, COUNT) for split in ("train", "test"))

    def planted(index: int, episode: Episode) -> Episode:
        if index != 50:
            return episode
        other = train.episode(3)
        return replace(other, position=other.position[:, ::-1].copy())

    found = audit(data_of(train, Changed(test, planted)))["leakage"][0]
    assert (found.verdict, found.value, found.remark) == (FAIL, 1, "test 50 starts as train 3")


def test_a_train_episode_that_is_hardly_changed_in_test_fails():
    train, test = (SpecSource(SPEC, split, COUNT) for split in ("train", "test"))

    def planted(index: int, episode: Episode) -> Episode:
        return replace(episode, position=train.episode(9).position + np.float32(0.01)) if index == 4 else episode

    leaks = failures(data_of(train, Changed(test, planted)))["leakage"]
    assert leaks == ["nearest tracks of train and test, over the usual"]


def test_test_episodes_of_another_kind_fail():
    fast = replace(SPEC, world=replace(SPEC.world, speed=(0.0, 0.1)))
    leaks = failures(data_of(SpecSource(SPEC, "train", COUNT), SpecSource(fast, "test", COUNT)))["leakage"]
    assert leaks == ["tracks of train and test whose nearest is of the other"]


def test_repeats_are_found_among_episodes_that_are_not_looked_at(clean):
    start = clean.every_start["train"]
    everything = dict(clean.every_start) | {"train": np.concatenate([start, start[:1]])}
    found = audit(Data(clean.splits, everything))["leakage"][0]
    assert (found.verdict, found.remark) == (FAIL, f"train {COUNT} starts as train 0")


def test_last_blinks_that_give_the_answer_fail():
    """Under latest, with a blink for each ball at the end; of three balls, half the frames show all."""
    spec = replace(SPEC, rule="latest")

    def at_the_end(index: int, episode: Episode) -> Episode:
        ball = np.concatenate([episode.blink_ball[:-3], [0, 1, 2]])
        return with_blinks(episode, "latest", ball, episode.blink_color)

    assert failures(changed(at_the_end, spec)) == {"last frames": ["worth of the last 5 of 10 frames"]}


def test_two_last_frames_that_give_the_answer_fail():
    spec = replace(SPEC, rule="latest", world=replace(SPEC.world, balls=2))

    def at_the_end(index: int, episode: Episode) -> Episode:
        return with_blinks(episode, "latest", [*episode.blink_ball[:-2], index % 2, 1 - index % 2], episode.blink_color)

    lines = {line.what: line for line in audit(changed(at_the_end, spec))["last frames"]}
    assert lines["worth of the last 2 of 10 frames"].value == 1
    assert lines["worth of the last 2 of 10 frames"].verdict == FAIL
    assert lines["worth of the last frame"].verdict == WARNING


def test_a_ball_that_keeps_its_colour_fails():
    def keeps(index: int, episode: Episode) -> Episode:
        color = np.random.default_rng(index).integers(FIRST_COLOR, FIRST_COLOR + 5, 3)
        return with_blinks(episode, "frequent", episode.blink_ball, color[episode.blink_ball])

    found = failures(changed(keeps))
    assert found["balance"] == ["a blink's colour and that of the ball's blink before: shared bits"]


def test_answers_that_the_last_frame_shows_though_no_blink_says_so_fail():
    def shown(index: int, episode: Episode) -> Episode:
        last = rasterize(episode.position[-2:-1], episode.radius, episode.answer[-1:], SPEC.world.size)
        return replace(episode, frames=np.concatenate([episode.frames[:-1], last]))

    assert failures(changed(shown)) == {"last frames": ["worth of a copy of the last frame"]}


def test_answers_that_another_balls_blink_shows_fail():
    def told(index: int, episode: Episode) -> Episode:
        ball, color = episode.blink_ball.copy(), episode.blink_color.copy()
        ball[-1] = 2
        before = RULES["earliest"].answers(Blinks(ball[:-1], color[:-1]), 3)[-1]
        color[-1] = max(before[0], FIRST_COLOR)
        return with_blinks(episode, "earliest", ball, color)

    found = failures(changed(told, replace(SPEC, rule="earliest")))
    assert "colours and another's blink in the last frame: shared bits" in found["visible"]


def test_balls_that_are_hardly_ever_painted_fail():
    rare = data_of(*(SpecSource(replace(SPEC, blink_probability=0.01), split, COUNT) for split in SPLITS))
    assert "always white: balls that are" in failures(rare)["guesses"]
    never = replace(SPEC, blink_probability=1e-9)
    assert failures(data_of(*(SpecSource(never, split, 5) for split in SPLITS)))


def test_a_single_colour_is_no_test():
    found = failures(data_of(*(SpecSource(replace(SPEC, colors=1), split, 20) for split in SPLITS)))
    assert "worth of the last frame" in found["last frames"]


def test_a_single_split_is_cut_in_halves():
    found = audit(data_of(SpecSource(SPEC, "test", 2 * COUNT)))
    assert worst(line for lines in found.values() for line in lines) == OK
    assert len(found["leakage"]) == 1


def test_some_episodes_are_evenly_spread(clean):
    source = SpecSource(SPEC, "test", COUNT)
    facts, start = facts_from(source, 4)
    assert facts.truth.index.tolist() == [0, 40, 79, 119]
    assert start.shape == (4, 3, 2)
    assert (facts.frame == clean.splits["test"].frame[facts.truth.index]).all()


def test_rule_none_has_nothing_to_audit():
    with pytest.raises(ValueError, match="no memory to audit"):
        audit(data_of(SpecSource(Spec(rule="none", colors=0, world=SPEC.world), "test", 2)))


def test_verdicts_share_what_chance_may_do():
    lines = [Line("a", 0, "", p=2e-3), Line("b", 0, "", p=2e-5), Line("c", 0, "", p=0.5), Line("d", 0, "", verdict=OK)]
    assert [line.verdict for line in settled(lines)] == [WARNING, FAIL, OK, OK]
    assert [line.verdict for line in settled([replace(line, p=2e-3) for line in lines] * 2)] == [OK] * 8
    assert worst([]) == OK

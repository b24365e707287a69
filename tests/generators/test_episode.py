import hashlib
import math
import pickle
import subprocess
import sys
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.episode import Episode, make_episode, make_truth, targets
from generators.source import SpecSource
from generators.spec import SPLITS, Spec
from generators.worlds import BouncingWorld

SMALL = Spec(world=BouncingWorld(balls=3, size=32, radius=(3.5, 3.5), speed=(1, 2)), seed=1)
MIXED = Spec(
    rule="frequent",
    context_frames=25,
    colors=3,
    seed=2,
    world=BouncingWorld(balls=5, size=40, radius=(2, 5), speed=(0, 3), mass="random", window=(2, 4, 40, 36)),
)


def digest(episode: Episode, names: tuple[str, ...] = ()) -> str:
    arrays = asdict(episode)
    return hashlib.sha256(b"".join(arrays[name].tobytes() for name in names or sorted(arrays))).hexdigest()


@pytest.mark.parametrize("spec", [SMALL, MIXED], ids=("small", "mixed"))
def test_shapes_and_dtypes_are_the_stores(spec):
    t, n, size = spec.context_frames, spec.world.balls, spec.world.size
    expected = {
        "frames": (np.uint8, (t, size, size)),
        "target": (np.uint8, (size, size)),
        "position": (np.float32, (t + 1, n, 2)),
        "velocity": (np.float32, (t + 1, n, 2)),
        "radius": (np.float32, (n,)),
        "mass": (np.float32, (n,)),
        "blink_ball": (np.int16, (t,)),
        "blink_color": (np.uint8, (t,)),
        "answer": (np.uint8, (t, n)),
    }
    episode = make_episode(spec, "train", 0)
    assert {
        f.name: (getattr(episode, f.name).dtype, getattr(episode, f.name).shape) for f in fields(Episode)
    } == expected


def test_any_order_and_any_process_give_the_same_bits():
    order = [(spec, split, index) for spec in (SMALL, MIXED) for split in SPLITS for index in (0, 1, 7, 10**9)]
    here = [digest(make_episode(*which)) for which in order]
    assert len(set(here)) == len(here)
    assert [digest(make_episode(*which)) for which in reversed(order)] == here[::-1]
    code = (
        "import sys, pickle, hashlib; from dataclasses import asdict; from generators.episode import make_episode\n"
        "for which in reversed(pickle.load(sys.stdin.buffer)):\n"
        "    a = asdict(make_episode(*which))\n"
        "    print(hashlib.sha256(b''.join(a[k].tobytes() for k in sorted(a))).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(order), capture_output=True, check=True)
    assert done.stdout.decode().split() == here[::-1]  # though a process has its own addresses and hash seed


@pytest.mark.parametrize("spec", [SMALL, MIXED], ids=("small", "mixed"))
def test_an_episodes_truth_draws_its_images_in_any_pieces(spec):
    truth, whole = make_truth(spec, "val", 5), make_episode(spec, "val", 5)
    np.testing.assert_array_equal(truth.target(), whole.target)
    for start in range(spec.context_frames - 2):
        np.testing.assert_array_equal(truth.frames(start, start + 3), whole.frames[start : start + 3])
    np.testing.assert_array_equal(truth.frames(1), whole.frames[1:])
    assert truth.frames(2, 2).shape == (0, spec.world.size, spec.world.size)


def test_making_an_episode_leaves_the_global_generator_alone():
    before = pickle.dumps(np.random.get_state())  # noqa: NPY002
    make_episode(MIXED, "test", 3)
    assert pickle.dumps(np.random.get_state()) == before  # noqa: NPY002


# SHA-256 of blinks and answers (whole numbers, alike on every machine). A change here changes every dataset ever made:
# raise `Spec.version`.
PINNED = {
    ("small", "train", 0): "d61fcd18a048e294e6134a491b2a58ce1b77d8c34d805dc00045b702e05ec39a",
    ("small", "test", 0): "a3d8dfce03747142d74df302bcdc5d9fe6e019d54a1b4e757fe61a0a899f506e",
    ("mixed", "train", 0): "21a8d7a983c56a41eb2802fcee2611ebc6aa2cca078bf561f270fde31ac018e4",
    ("mixed", "val", 12345): "f4b557d207fe973b2fae23563df5a9ec9464645d8bb47003f66572b194ef50e5",
}


@pytest.mark.parametrize(("name", "split", "index"), PINNED)
def test_the_streams_are_pinned(name, split, index):
    episode = make_episode({"small": SMALL, "mixed": MIXED}[name], split, index)
    assert digest(episode, ("blink_ball", "blink_color", "answer")) == PINNED[name, split, index]


def test_two_rules_over_one_seed_share_their_context():
    spec = replace(MIXED, context_frames=40)
    differ = 0
    for index in range(5):
        one, other = (make_episode(replace(spec, rule=rule), "val", index) for rule in ("earliest", "frequent"))
        for name in ("frames", "position", "velocity", "radius", "mass", "blink_ball", "blink_color"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        differ += not np.array_equal(one.target, other.target)
    assert differ


@pytest.mark.parametrize("spec", [SMALL, MIXED], ids=("small", "mixed"))
def test_a_shorter_context_is_the_beginning_of_a_longer_one(spec):
    long = make_episode(replace(spec, context_frames=30), "train", 4)
    for frames in (1, 2, 13):
        short = make_episode(replace(spec, context_frames=frames), "train", 4)
        for name in ("frames", "blink_ball", "blink_color", "answer"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[:frames])
        for name in ("position", "velocity"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name)[: frames + 1])
        np.testing.assert_array_equal(short.target, targets(long)[frames - 1])


def test_what_the_model_sees_does_not_change_the_episode():
    whole = make_episode(SMALL, "train", 0)
    cut = make_episode(replace(SMALL, patches_per_side=4), "train", 0)
    assert digest(whole) == digest(cut)


def draw(position, radius, color, size: int) -> list[list[int]]:
    """An image pixel by pixel in plain Python: the highest ball that the centre lies strictly within."""
    balls = [(*map(float, p), float(r), int(c)) for p, r, c in zip(position, radius, color, strict=True)]
    return [
        [
            next((c for x, y, r, c in reversed(balls) if math.dist((j + 0.5, i + 0.5), (x, y)) < r), 0)
            for j in range(size)
        ]
        for i in range(size)
    ]


specs = st.builds(
    Spec,
    rule=st.sampled_from(["earliest", "frequent"]),
    context_frames=st.integers(1, 6),
    colors=st.integers(1, 7),
    seed=st.integers(0, 2**64),
    world=st.sampled_from([SMALL.world, MIXED.world, BouncingWorld(balls=10, size=24, radius=(1.5, 3), speed=(0, 20))]),
)


@settings(max_examples=30, deadline=None)
@given(spec=specs, split=st.sampled_from(list(SPLITS)), index=st.integers(0, 2**63))
def test_an_episode_is_what_its_ground_truth_says(spec, split, index):
    episode = make_episode(spec, split, index)
    size, balls = spec.world.size, spec.world.balls
    given: list[list[int]] = [[] for _ in range(balls)]
    for t, (ball, color) in enumerate(zip(episode.blink_ball.tolist(), episode.blink_color.tolist(), strict=True)):
        assert 0 <= ball < balls
        assert 2 <= color < 2 + spec.colors
        painted = [color if b == ball else 1 for b in range(balls)]  # one ball painted, the others white
        assert episode.frames[t].tolist() == draw(episode.position[t], episode.radius, painted, size)
        given[ball].append(color)
        for b, colors in enumerate(given):
            if not colors:
                answer = 1
            elif spec.rule == "earliest":
                answer = colors[0]
            else:
                most = max(colors.count(c) for c in colors)
                answer = next(c for c in colors if colors.count(c) == most)
            assert episode.answer[t, b] == answer
    assert episode.target.tolist() == draw(episode.position[-1], episode.radius, episode.answer[-1], size)
    running = targets(episode)
    assert running.shape == episode.frames.shape
    np.testing.assert_array_equal(running[-1], episode.target)
    assert running[0].tolist() == draw(episode.position[1], episode.radius, episode.answer[0], size)


def chi_square(cells: np.ndarray, count: int) -> float:
    counts = np.bincount(cells, minlength=count)
    return float(((counts - len(cells) / count) ** 2 / (len(cells) / count)).sum())


def test_blinks_are_uniform_and_independent_of_each_other_and_of_the_physics():
    """χ² over 600 episodes of 10 frames; limits at p = 1e-4 (degrees: cells − 1)."""
    spec = replace(SMALL, seed=11)
    made = [make_episode(spec, "train", index) for index in range(600)]
    ball = np.array([e.blink_ball for e in made]).astype(int)
    color = np.array([e.blink_color for e in made]).astype(int) - 2
    assert chi_square((ball * 5 + color).ravel(), 15) < 42.6
    assert chi_square((ball[:, :-1] * 3 + ball[:, 1:]).ravel(), 9) < 31.8
    assert chi_square((color[:, :-1] * 5 + color[:, 1:]).ravel(), 25) < 59.5
    assert chi_square((ball[0::2] * 3 + ball[1::2]).ravel(), 9) < 31.8  # neighbouring episodes
    # Is the ball that blinks the leftmost, the middle or the rightmost one? The fastest? And its colour?
    x = np.array([e.position[:-1, :, 0] for e in made])
    speed = np.array([np.linalg.norm(e.velocity[:-1], axis=2) for e in made])
    for trait in (x, speed):
        rank = trait.argsort(2).argsort(2)
        blinking = np.take_along_axis(rank, ball[..., None], 2)[..., 0]
        assert chi_square((blinking * 5 + color).ravel(), 15) < 42.6


def test_the_chi_square_can_fail():
    assert chi_square(np.random.default_rng(0).binomial(2, 0.45, 3000), 3) > 31.8


@pytest.mark.parametrize(
    ("split", "index", "says"),
    [
        ("valid", 0, "train, val, test"),
        ("train", -1, "episode is -1"),
        ("train", 0.0, "whole number"),
        ("train", True, "whole"),
    ],
)
def test_what_does_not_exist_is_refused(split, index, says):
    with pytest.raises(ValueError, match=says):
        make_episode(SMALL, split, index)


def test_any_kind_of_whole_number_is_an_index():
    assert digest(make_episode(SMALL, "val", np.int64(3))) == digest(make_episode(SMALL, "val", 3))


def test_a_spec_is_a_source():
    source = SpecSource(SMALL, "val", 3)
    assert len(source) == 3
    again = pickle.loads(pickle.dumps(source))
    assert again == source
    assert digest(again.episode(2)) == digest(make_episode(SMALL, "val", 2))
    for index in (-1, 3):
        with pytest.raises(IndexError, match="of 3"):
            source.episode(index)
    with pytest.raises(ValueError, match="train, val, test"):
        SpecSource(SMALL, "all", 3)
    with pytest.raises(ValueError, match="count"):
        SpecSource(SMALL, "val", -1)


def test_under_rule_none_the_same_balls_stay_white():
    white = make_episode(replace(SMALL, rule="none", colors=0), "test", 2)
    colored = make_episode(SMALL, "test", 2)
    np.testing.assert_array_equal(white.position, colored.position)  # the world draws before the blinks
    np.testing.assert_array_equal(white.frames, np.minimum(colored.frames, 1))
    np.testing.assert_array_equal(white.target, np.minimum(colored.target, 1))
    assert set(white.blink_ball) == {-1}
    assert set(white.blink_color) == set(white.answer.ravel()) == {1}
    np.testing.assert_array_equal(targets(white)[:-1], white.frames[1:])  # so the running targets are the next frames

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.lengths import PAPER_LENGTHS, resolve_length, steps

some = st.integers(1, 5000)


def test_the_papers_table():
    assert {n: resolve_length(n) for n in PAPER_LENGTHS} == {
        80: (5, 4),
        160: (10, 4),
        320: (5, 8),
        640: (10, 8),
        1280: (5, 16),
        2560: (10, 16),
    }


@given(some)
def test_a_length_alone(length):
    frames, side = resolve_length(length)
    assert frames * side * side == length
    assert side == 1 or length in PAPER_LENGTHS


@given(st.integers(1, 200), st.integers(1, 40))
def test_the_rest_follows(frames, side):
    length = frames * side * side
    assert steps(frames, side) == length
    assert resolve_length(length, frames, side) == (frames, side)
    assert resolve_length(length, frames) == (frames, side)
    assert resolve_length(length, patches_per_side=side) == (frames, side)
    assert resolve_length(None, frames, side) == (frames, side)


def test_without_a_length():
    assert resolve_length(None) == (10, 1)
    assert resolve_length(None, 7) == (7, 1)
    assert resolve_length(None, None, 4) == (10, 4)


def named(error: ValueError) -> list[int]:
    return [int(n) for n in re.split(r": ", str(error))[-1].split(", ")]


@given(some, st.integers(1, 40))
def test_patches_divide_or_lengths_nearby_are_named(length, side):
    can = [n for n in range(1, length + side**2 + 1) if n % side**2 == 0]
    if length in can:
        assert resolve_length(length, patches_per_side=side) == (length // side**2, side)
        return
    with pytest.raises(ValueError, match=f"length {length} ") as error:
        resolve_length(length, patches_per_side=side)
    assert named(error.value) == nearest(length, can)


@given(some, st.integers(1, 60))
def test_frames_divide_or_lengths_nearby_are_named(length, frames):
    can = [frames * n**2 for n in range(1, 100)]
    if length in can:
        assert steps(*resolve_length(length, frames)) == length
        return
    with pytest.raises(ValueError, match=f"length {length} ") as error:
        resolve_length(length, frames)
    assert named(error.value) == nearest(length, can)


def nearest(length: int, can: list[int]) -> list[int]:
    """The last length below that can be divided, if there is one, and the first above."""
    below, above = [n for n in can if n < length], [n for n in can if n > length]
    return below[-1:] + above[:1]


def test_the_issues_example():
    with pytest.raises(ValueError, match="80, 96"):
        resolve_length(81, patches_per_side=4)


@given(some, st.integers(1, 60), st.integers(1, 20))
def test_three_that_disagree_are_refused(length, frames, side):
    if frames * side**2 != length:
        with pytest.raises(ValueError, match=f"are {frames * side**2} steps, not {length}"):
            resolve_length(length, frames, side)


@pytest.mark.parametrize("three", [(0,), (-80,), (80, 0), (80, None, 0), (True,), (80.0,), (None, 2.5), ("80",)])
def test_only_whole_numbers_from_one(three):
    with pytest.raises(ValueError, match="must be"):
        resolve_length(*three)
